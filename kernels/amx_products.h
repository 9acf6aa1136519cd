#pragma once

#include <algorithm>

#include "engine/half.h"
#include "kernels/amx_tiles.h"
#include "kernels/ceil_divide.h"

// Products of two tiles of pixels and the filters of 32 outputs: a tile is loaded for each product, and fewer
// loads the eight tiles do not allow.
namespace graft::amx {

constexpr int64_t outputs_at_once = 2 * width;

// w[outputs][channels] as tiles multiply it, zeros where it has no more of either:
// packed[outputs / 32][channels / 32][2][16 pairs of channels][16 outputs][2].
inline void pack(const bfloat16* w, int64_t outputs, int64_t channels, bfloat16* packed) {
  for (int64_t first = 0; first < outputs; first += outputs_at_once)
    for (int64_t from = 0; from < channels; from += depth)
      for (int64_t half = first; half < first + outputs_at_once; half += width)
        for (int64_t pair = from; pair < from + depth; pair += 2)
          for (int64_t k = half; k < half + width; ++k)
            for (int64_t c = pair; c < pair + 2; ++c)
              *packed++ = k < outputs && c < channels ? w[k * channels + c] : bfloat16{0};
}
constexpr int64_t packed_size(int64_t outputs, int64_t channels) {
  return ceil_divide(outputs, outputs_at_once) * outputs_at_once * ceil_divide(channels, depth) * depth;
}

// The sums of 32 outputs of two tiles of pixels.
struct alignas(64) Sums {
  float values[2][2][most_rows][width];  // [tile][half of the outputs][pixel][output]
};

struct Operands {
  const bfloat16* filters;  // packed, of 32 outputs
  int64_t depths;           // channels / 32
  int64_t stride;           // bytes from pixel to pixel
};

GRAFT_INLINE inline void load_filters(const bfloat16* filters) {
  load<6>(filters, 64);
  load<7>(filters + width * depth, 64);
}

// Of the tiles whose first pixels are at `first` and at `second`. Beside them the processor finds time for
// other work: meanwhile(). Of a single depth, the filters are loaded already.
template <bool single, class Meanwhile>
GRAFT_INLINE inline void multiply_two(const Operands& o, const bfloat16* first, const bfloat16* second,
                                      Sums& sums, const Meanwhile& meanwhile) {
  // A tile of zeros costs nothing; one of biases would be loaded.
  clear<0>();
  clear<1>();
  clear<2>();
  clear<3>();
  const bfloat16* filters = o.filters;
  for (int64_t i = 0; i < (single ? 1 : o.depths); ++i) {
    load<4>(first + i * depth, o.stride);
    if (!single) load_filters(filters + i * outputs_at_once * depth);
    load<5>(second + i * depth, o.stride);
    multiply<0, 4, 6>();
    multiply<1, 4, 7>();
    multiply<2, 5, 6>();
    multiply<3, 5, 7>();
  }
  meanwhile();
  store<0>(sums.values[0][0], 64);
  store<1>(sums.values[0][1], 64);
  store<2>(sums.values[1][0], 64);
  store<3>(sums.values[1][1], 64);
}

// How `pixels` pixels, at least one, become pairs of tiles of the same number of rows: the last ones start
// early enough to be whole, and compute some pixels again.
struct PairsOfTiles {
  int64_t pixels, pairs, rows;

  explicit PairsOfTiles(int64_t pixels)
      : pixels(pixels), pairs(ceil_divide(pixels, 2 * most_rows)), rows(ceil_divide(pixels, 2 * pairs)) {}
  int64_t first_pixel(int64_t tile) const { return std::min(tile * rows, pixels - rows); }
};

}  // namespace graft::amx
