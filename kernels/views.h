#pragma once

#include "engine/tensor.h"

// How a launching function takes operands apart. Types are agreed on while planning, and TensorView::as<T>()
// would give both devices' objects the same inline functions.
namespace graft::GRAFT_TARGET {

inline float* floats(const TensorView& view) { return static_cast<float*>(view.data); }
template <class Element>
Element* elements(const TensorView& view) {
  return static_cast<Element*>(view.data);
}
inline uint8_t* bytes(const TensorView& view) { return static_cast<uint8_t*>(view.data); }

// For kernels of one thread an element.
constexpr int threads_per_block = 256;

}  // namespace graft::GRAFT_TARGET
