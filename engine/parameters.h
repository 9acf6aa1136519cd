#pragma once

#include <string>
#include <vector>

#include "engine/device.h"
#include "engine/graph.h"
#include "engine/tensor.h"

namespace graft {

// The parameters that train and the statistics that move, each kind one arena of named slices in device
// memory. Everything else is frozen and lives in the plans as constants.
class Parameters {
 public:
  struct Slice {
    std::string name;
    ParameterSpec spec;
    NodeId node = -1;
    int64_t offset = 0;  // elements into the arena of its kind
    int64_t count = 0;
  };

  // Slices lie in reverse order of the graph: the order in which backward makes gradients. `moving` says by
  // node whether its running statistics move; `slots` is the number of values the optimizer keeps per
  // parameter.
  Parameters(Device& device, const Graph& graph, const Weights& weights, const std::vector<bool>& moving,
             int slots, DType dtype);

  const std::vector<Slice>& trainable() const { return trainable_; }
  const std::vector<Slice>& statistics() const { return statistics_; }
  int find_trainable(std::string_view name) const;
  int find_statistic(std::string_view name) const;

  DType dtype() const { return dtype_; }
  int64_t trainable_count() const { return trainable_count_; }
  TensorView values() const;         // [trainable_count]
  TensorView gradients() const;      // [trainable_count]
  TensorView slot(int index) const;  // [trainable_count]
  int slots() const { return slots_; }
  TensorView value(int slice) const;  // packed shape
  TensorView gradient(int slice) const;
  TensorView statistic(int slice) const;

  // Published layout. `store` writes what trains and what moves into weights; the rest of `weights` stays as
  // it is.
  void load(const Weights& weights);
  void store(Weights& weights) const;
  Weights slot_values(int index) const;
  void load_slot(int index, const Weights& values);
  // The values to the slot; the values and the slot in each other's place, bit for bit.
  void fill_slot(int index);
  void exchange_with_slot(int index);

  size_t bytes() const;

 private:
  TensorView slice_view(const Buffer& arena, const Slice& slice) const;
  std::vector<std::byte> bytes_of(const Buffer& arena) const;
  void set_bytes(const Buffer& arena, const std::vector<std::byte>& bytes);
  void upload(const Buffer& arena, const std::vector<Slice>& slices, const Weights& weights);
  void download(const Buffer& arena, const std::vector<Slice>& slices, Weights& weights) const;

  Device& device_;
  DType dtype_;
  int slots_;
  int64_t trainable_count_ = 0;
  std::vector<Slice> trainable_, statistics_;
  Buffer values_, gradients_, statistics_arena_;
  std::vector<Buffer> slot_arenas_;
};

const HostTensor& weight_of(const Weights& weights, std::string_view name, const Shape& shape);

}  // namespace graft
