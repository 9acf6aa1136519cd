#pragma once

#include "engine/weights.h"
#include "transfer/graphs/keras/keras_network.h"
#include "transfer/weights/hdf5_file.h"

namespace graft {

// The weights of a model: by name in the .h5 of both Kerases, by number in the model.weights.h5 of a .keras.
class KerasWeights {
 public:
  enum class Order : uint8_t { by_name, by_number };
  KerasWeights(Hdf5File file, Order order)
      : file_(std::move(file)), order_(order), bytes_left_(file_.file().bytes.size()) {}

  // In our layout. `number` counts the variables that the layer has. Error{format} where there is none.
  HostTensor read(const KerasLayer& layer, std::string_view variable, int number);

 private:
  std::string path_of(const KerasLayer& layer, std::string_view variable, int number);

  Hdf5File file_;
  Order order_;
  uint64_t bytes_left_;  // that are still to be read, if each is read once
};

}  // namespace graft
