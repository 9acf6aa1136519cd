#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "transfer/weights/hdf5_file.h"

namespace graft {

// Weights as Keras names them in an .h5: "base/conv1/kernel:0" is the kernel of base/conv1.
std::string_view keras_variable_of(std::string_view weight);
std::string_view keras_layer_of(std::string_view weight);

// A list of names in an attribute, or in several numbered from 0 where it is too long for one.
std::vector<std::string_view> keras_name_list(Hdf5File& file, std::string_view path,
                                              std::string_view attribute);

}  // namespace graft
