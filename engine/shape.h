#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <ostream>

#include "engine/check.h"

namespace graft {

// Up to six sizes. Activations are N,H,W,C; convolution weights K,R,S,C; vectors have one size.
class Shape {
 public:
  static constexpr int max_rank = 6;

  Shape() = default;
  Shape(std::initializer_list<int64_t> sizes) {
    for (int64_t size : sizes) push_back(size);
  }

  void push_back(int64_t size) {
    GRAFT_CHECK(rank_ < max_rank, shape, "a tensor has at most ", max_rank, " dimensions");
    GRAFT_CHECK(size >= 0, shape, "a tensor size is negative: ", size);
    sizes_[rank_++] = size;
  }

  int rank() const { return rank_; }
  int64_t operator[](int i) const { return sizes_[i]; }
  int64_t& operator[](int i) { return sizes_[i]; }
  const int64_t* begin() const { return sizes_.data(); }
  const int64_t* end() const { return sizes_.data() + rank_; }

  // Number of elements. Fails rather than overflow.
  int64_t count() const {
    int64_t product = 1;
    for (int64_t size : *this)
      GRAFT_CHECK(!__builtin_mul_overflow(product, size, &product), shape, "a tensor of shape ", *this,
                  " is too large");
    return product;
  }

  // Activations.
  int64_t n() const { return sizes_[0]; }
  int64_t h() const { return sizes_[1]; }
  int64_t w() const { return sizes_[2]; }
  int64_t c() const { return sizes_[3]; }

  friend bool operator==(const Shape& a, const Shape& b) {
    if (a.rank_ != b.rank_) return false;
    for (int i = 0; i < a.rank_; ++i)
      if (a.sizes_[i] != b.sizes_[i]) return false;
    return true;
  }
  friend std::ostream& operator<<(std::ostream& out, const Shape& shape) {
    out << '[';
    for (int i = 0; i < shape.rank_; ++i) out << (i ? "," : "") << shape.sizes_[i];
    return out << ']';
  }

 private:
  std::array<int64_t, max_rank> sizes_{};
  int rank_ = 0;
};

}  // namespace graft
