#pragma once

#include "kernels/conv/activation_bounds.h"
#include "kernels/conv/winograd_tiles.h"

namespace graft::winograd {

// 3x3 filters as they lie: the first element, and how far it is to the next output's, input's and tap's.
struct Filters {
  const float* first;
  int64_t output, input, tap;
};

struct Epilogue {
  const float* bias = nullptr;
  const float* residual = nullptr;  // dense; may be y itself
  ActivationBounds bounds{Activation::none};
};

// y[n, p, q, outputs] from x[n, h, w, inputs], whose first row and column are padded.
struct Shape {
  int64_t n, h, w, inputs, outputs, p, q, top, left;
};

class Convolution {
 public:
  Convolution(const Shape& shape, int threads);

  // Floats.
  int64_t scratch_size() const;
  int64_t packed_size() const;
  int64_t products() const { return grid_.products(shape_.inputs, shape_.outputs); }

  // To packed[outputs / 32][inputs][9][32].
  void pack(const Filters& filters, float* packed) const;
  // y's pixels are y_stride apart.
  void run(const float* x, const float* packed, const Epilogue& epilogue, float* y, int64_t y_stride,
           float* scratch) const;

 private:
  struct Workspace;

  template <int bytes>
  void run_tiles(int64_t first, int64_t count, const float* x, const float* packed, const Epilogue& epilogue,
                 float* y, int64_t y_stride, const Workspace& work) const;
  template <int bytes>
  void store_tile(const TilePlace& place, const float* sums, int64_t out, int64_t width,
                  const Epilogue& epilogue, float* y, int64_t y_stride) const;

  Shape shape_;
  Grid grid_;
  int64_t pieces_;  // of the tiles, one a thread
  int64_t tiles_;   // of a piece at once
};

}  // namespace graft::winograd
