#pragma once

#include <span>
#include <string>
#include <string_view>

#include "transfer/weights/tensor_file.h"

namespace graft {

// "DepthwiseConv2D" -> "depthwise_conv2d", as Keras 3 names groups of weights by class.
std::string keras_snake_case(std::string_view type);

// The variables of a class in the order in which Keras 3 numbers them; empty for a class without any, or one
// that graft does not know. A variable that a layer was told to do without is not counted.
std::span<const std::string_view> keras_variables(std::string_view type);
// The same by the class's name in keras_snake_case.
std::span<const std::string_view> keras_variables_of_group(std::string_view group);

// What graft calls a variable ("gamma" is "weight", "moving_mean" is "running_mean"); itself where it has no
// other name.
std::string_view graft_name(std::string_view variable);

// The tensor in our published layout, by strides: kernels H,W,I,O as O,I,H,W, depthwise ones H,W,C,M as
// CM,1,H,W, matrices I,O as O,I.
NamedTensor keras_layout(NamedTensor tensor, std::string_view variable);

}  // namespace graft
