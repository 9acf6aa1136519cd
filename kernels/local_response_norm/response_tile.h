#pragma once

#include "kernels/half_vector.h"
#include "kernels/local_response_norm/local_response_norm_kernels.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {

// A block has 64 neighbouring channels of four rows, a thread one element of y; a row's x lies in shared
// memory with what the windows reach beyond the tile, so that memory is asked for it once.
constexpr int response_channels = 64, response_rows = 4;
constexpr int response_halo = static_cast<int>(most_response_channels) - 1;
static_assert(response_channels * response_rows == threads_per_block, "a thread an element");

struct ResponseSizes {
  int64_t rows, c;
  int before, after;     // channels of a window on either side of its own
  float share, beta, k;  // share: alpha / size

  GRAFT_DEVICE float scale(float squares) const { return k + share * squares; }
  GRAFT_DEVICE float power(float scale) const {
    return beta == 0.75f ? 1 / (sqrtf(scale) * sqrtf(sqrtf(scale))) : powf(scale, -beta);
  }
};

inline ResponseSizes response_sizes(const LocalResponseNormProblem& p) {
  return {p.rows,
          p.c,
          static_cast<int>(p.size / 2),
          static_cast<int>((p.size - 1) / 2),
          static_cast<float>(p.alpha / static_cast<double>(p.size)),
          static_cast<float>(p.beta),
          static_cast<float>(p.k)};
}

inline GridSize response_grid(const LocalResponseNormProblem& p) {
  return {blocks_for(p.c, response_channels) * blocks_for(p.rows, response_rows)};
}
constexpr BlockSize response_block{response_channels, response_rows};

// Where the block's tile begins.
struct ResponsePlace {
  int64_t channel, row;  // the tile's first channel, the thread's row

  GRAFT_DEVICE static ResponsePlace of_thread(int64_t c) {
    const int tiles = static_cast<int>((c + response_channels - 1) / response_channels);
    return {int64_t{block_index().x % tiles} * response_channels,
            int64_t{block_index().x / tiles} * response_rows + thread_index().y};
  }
};

// to[q] = x of channel `first` + q, 0 where there is none; `count` of them, by the threads of a row.
template <class Element>
GRAFT_DEVICE void load_responses(float* to, const Element* x, const ResponseSizes& z, int64_t row,
                                 int64_t first, int count) {
  for (int q = thread_index().x; q < count; q += response_channels) {
    const int64_t channel = first + q;
    const bool there = row < z.rows && channel >= 0 && channel < z.c;
    to[q] = there ? load(x + row * z.c + channel) : 0.0f;
  }
}

// The sum of squares of x[at - before] to x[at + after].
GRAFT_DEVICE float window_squares(const float* x, int at, const ResponseSizes& z) {
  float sum = 0;
  for (int q = at - z.before; q <= at + z.after; ++q) sum += x[q] * x[q];
  return sum;
}

}  // namespace graft::GRAFT_TARGET
