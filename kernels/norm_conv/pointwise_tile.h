#pragma once

#include "kernels/conv/thin_products.h"
#include "kernels/norm_conv/normed_vectors.h"

namespace graft::norm_conv {

// The pixels' gradients in front of the activation, and the batch norm's two sums over them.
struct InputPixels {
  const float *x, *mean;
  float* dx;               // may be null
  int64_t count;           // the tile may have a few more
  float *sums, *products;  // [channels]
};

// From gradient[pixels, width] * filter[outputs, channels].
template <int bytes, bool streams>
GRAFT_INLINE inline void backward_tile(const Bounds& bounds, const float* normed, const float* gradient,
                                       int64_t width, int64_t outputs, int64_t channels, const float* filter,
                                       const InputPixels& at) {
  using Vector = Floats<bytes>;
  using Bits = typename HostVector<int32_t, bytes>::type;
  const Bounds limits = bounds;
  const InputPixels input = at;
  thin::for_each_two<bytes>(
      channels, [&]<int vectors>(int64_t c, std::integral_constant<int, vectors>) GRAFT_INLINE {
        Vector sum[vectors], products[vectors], mean[vectors];
        for (int v = 0; v < vectors; ++v) {
          sum[v] = vector_at<bytes>(input.sums + c + v * lanes<bytes>);
          products[v] = vector_at<bytes>(input.products + c + v * lanes<bytes>);
          mean[v] = vector_at<bytes>(input.mean + c + v * lanes<bytes>);
        }
        for (int64_t t = 0; t < input.count; t += thin::eight) {
          Vector d[thin::eight][vectors];
          thin::multiply_eight<bytes, vectors>(gradient + t * width, width, outputs, filter + c, channels, d);
          const int64_t left = input.count - t;
#pragma GCC unroll 8
          for (int i = 0; i < thin::eight; ++i) {
            if (i >= left) continue;
            const int64_t place = (t + i) * channels + c;
#pragma GCC unroll 4
            for (int v = 0; v < vectors; ++v) {
              Bits passing = (Bits)vector_at<bytes>(normed + place + v * lanes<bytes>);
              limits.passing(passing);
              const Vector passed = (Vector)((Bits)d[i][v] & passing);
              sum[v] += passed;
              products[v] += passed * (vector_at<bytes>(input.x + place + v * lanes<bytes>) - mean[v]);
              if (input.dx) store<bytes, streams>(passed, input.dx + place + v * lanes<bytes>);
            }
          }
        }
        for (int v = 0; v < vectors; ++v) {
          vector_at<bytes>(input.sums + c + v * lanes<bytes>) = sum[v];
          vector_at<bytes>(input.products + c + v * lanes<bytes>) = products[v];
        }
      });
}

}  // namespace graft::norm_conv
