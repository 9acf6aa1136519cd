#pragma once

#include <cstdint>
#include <string>

#include "engine/shape.h"

namespace graft {

enum class ParameterRole : uint8_t {
  convolution_weight,  // published O,I,H,W; inside K,R,S,C
  dense_weight,        // published and inside O,I; `flattened` may reorder the columns
  bias,
  scale,        // a norm's gamma
  shift,        // a norm's beta
  layer_scale,  // one factor a channel, published C,1,1
  slope,        // prelu's
  running_mean,
  running_variance,
};

constexpr bool is_statistic(ParameterRole role) {
  return role == ParameterRole::running_mean || role == ParameterRole::running_variance;
}
// Weight decay is for weights; biases and norms are left alone.
constexpr bool decays(ParameterRole role) {
  return role == ParameterRole::convolution_weight || role == ParameterRole::dense_weight;
}

// What a layer asks of its weights' file.
struct ParameterSpec {
  std::string name;  // "weight": the part of the published name behind the layer's
  Shape shape;       // as published
  ParameterRole role;
  // Of a dense weight behind a flattened C,H,W map: its sizes. Inside, the columns are in H,W,C order.
  Shape flattened = {};
};

// The shape inside the engine.
Shape packed_shape(const ParameterSpec& spec);

// Published layout to the engine's and back; `packed` and `published` hold spec.shape.count() elements.
template <class T>
void pack_parameter(const ParameterSpec& spec, const float* published, T* packed);
template <class T>
void unpack_parameter(const ParameterSpec& spec, const T* packed, float* published);

}  // namespace graft
