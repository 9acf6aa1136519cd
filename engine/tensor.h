#pragma once

#include "engine/dtype.h"
#include "engine/shape.h"

namespace graft {

// Points at a tensor that somebody else owns; may alias part of another.
struct TensorView {
  void* data = nullptr;
  Shape shape;
  int64_t pixel_stride = 0;  // elements between neighbouring pixels of an N,H,W,C tensor; >= C
  DType dtype = DType::float32;

  template <class T>
  T* as() const {
    GRAFT_CHECK(dtype == dtype_of<T>(), call, "a ", name_of(dtype), " tensor was read as ",
                name_of(dtype_of<T>()));
    return static_cast<T*>(data);
  }
  bool dense() const { return shape.rank() != 4 || pixel_stride == shape.c(); }
  size_t bytes() const { return static_cast<size_t>(shape.count()) * size_of(dtype); }
  explicit operator bool() const { return data != nullptr; }
};

inline TensorView view_of(void* data, const Shape& shape, DType dtype = DType::float32) {
  return {data, shape, shape.rank() == 4 ? shape.c() : 0, dtype};
}

}  // namespace graft
