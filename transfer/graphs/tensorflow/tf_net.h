#pragma once

#include <optional>

#include "kernels/activation/activation.h"
#include "layers/conv.h"
#include "layers/pool.h"
#include "transfer/graphs/graph_writer.h"

namespace graft {

// A tensor of a TensorFlow network: our node, and what stands before it or behind it without a layer of its
// own.
struct TfValue {
  // Of the network's input: what becomes of a pixel value of 0 to 255, by channel.
  struct Pixels {
    std::array<double, 3> scale{1, 1, 1}, offset{};
    bool operator==(const Pixels&) const = default;
  };

  NodeId node = 0;
  Padding zeros = {};                   // to be taken in by the next convolution or pool
  std::array<int64_t, 2> spread{1, 1};  // how far apart the next convolution's taps are: rows, columns
  bool flat = false;                    // [N,C] in the file, though the node may still be [N,1,1,C]
  bool softmax = false;                 // left out; only the network's end may follow
  Pixels pixels = {};
};

// TensorFlow's conventions written down as our layers, for Keras and TensorFlow Lite: SAME and zero padding,
// averages that leave padding out, flattening in H,W,C order, softmax at the end, pixels scaled in the
// network. Errors name the file and the layer.
class TfNet {
 public:
  using Parameters = std::vector<GraphWriter::Parameter>;

  // `input`: 1,H,W,C.
  TfNet(std::string file, std::string_view format, const Shape& input)
      : net_(std::move(file), format, input) {}

  GraphWriter& writer() { return net_; }
  const Shape& shape(const TfValue& x) const { return net_.shape(x.node); }
  [[noreturn]] void fail_at(std::string_view name, const std::string& what) const;

  // options.inputs is told from x; options.padding is SAME or none.
  TfValue conv(std::string_view name, const TfValue& x, ConvOptions options, const Parameters& parameters);
  // A matrix on vectors, or on every pixel of a map.
  TfValue dense(std::string_view name, const TfValue& x, int64_t outputs, const Parameters& parameters,
                bool keep_map = false);
  // options.padding is SAME or none.
  TfValue pool(std::string_view name, const TfValue& x, PoolOptions options);
  TfValue global_pool(std::string_view name, const TfValue& x, PoolKind kind, bool keep_dims);
  TfValue activation(std::string_view name, const TfValue& x, Activation activation);
  // Any layer of one input that a map's or a vector's shape passes unchanged or that needs a map.
  TfValue layer(std::string_view name, const TfValue& x, const LayerPtr& layer,
                const Parameters& parameters = {});
  // x scale + bias: one number each, or one for each channel; no bias where it is empty.
  TfValue scale(std::string_view name, const TfValue& x, const std::vector<double>& scale,
                const std::vector<double>& bias);
  TfValue add(std::string_view name, const std::vector<TfValue>& inputs);
  TfValue multiply(std::string_view name, const std::vector<TfValue>& inputs);
  TfValue concat(std::string_view name, const std::vector<TfValue>& inputs);
  TfValue zero_pad(std::string_view name, TfValue x, const Padding& zeros);
  // TensorFlow's space_to_batch: what makes the next convolution a dilated one.
  TfValue spread(std::string_view name, TfValue x, std::array<int64_t, 2> block);
  TfValue flatten(std::string_view name, TfValue x);
  // To sizes without the batch's; one of them may be -1. Only what moves no value.
  TfValue reshape(std::string_view name, TfValue x, std::vector<int64_t> sizes);
  TfValue softmax(std::string_view name, TfValue x);
  // x scale + offset of the input's pixels; one number or one for each channel.
  TfValue scale_pixels(std::string_view name, TfValue x, std::vector<double> scale,
                       std::vector<double> offset);

  FileGraph finish(const std::vector<TfValue>& outputs) &&;

 private:
  NodeId settled(std::string_view name, const TfValue& x);  // nothing is left to be taken in
  NodeId window_input(std::string_view name, const TfValue& x, Padding& padding, int64_t extent_h,
                      int64_t extent_w, int64_t stride_h, int64_t stride_w);
  NodeId vector(std::string_view name, const TfValue& x);
  bool non_negative(NodeId node) const;
  void take_pixels(std::string_view name, const TfValue& x);

  GraphWriter net_;
  std::optional<TfValue::Pixels> pixels_;
};

}  // namespace graft
