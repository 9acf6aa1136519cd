#pragma once

#include <algorithm>

#include "kernels/conv/float_vectors.h"
#include "kernels/conv/winograd_transforms.h"

namespace graft::winograd {

// What tiles are transformed to: [block of channels][group of tiles][36][8 tiles][16 channels], so that a
// product reads it line by line.
constexpr int64_t block = 16;
constexpr int64_t group = 8;
constexpr int64_t columns = 32;  // of a product at once, and of packed filters
constexpr int64_t place_stride = group * block;
constexpr int64_t group_stride = places * place_stride + block;  // an odd number of lines: other cache sets

constexpr int64_t groups_of(int64_t tiles) { return (tiles + group - 1) / group; }
constexpr int64_t whole_columns(int64_t outputs) { return (outputs + columns - 1) / columns * columns; }

// Maps of n images cut into squares of 4x4 outputs.
struct Grid {
  int64_t n, high, wide;
  Grid(int64_t images, int64_t output_h, int64_t output_w)
      : n(images), high((output_h + 3) / output_side), wide((output_w + 3) / output_side) {}
  int64_t tiles() const { return n * high * wide; }
  int64_t products(int64_t inputs, int64_t outputs) const { return tiles() * places * inputs * outputs; }
};

// Where a tile's outputs begin.
struct TilePlace {
  int64_t image, y, x;
  TilePlace(const Grid& grid, int64_t tile)
      : image(tile / (grid.high * grid.wide)),
        y(tile / grid.wide % grid.high * output_side),
        x(tile % grid.wide * output_side) {}
};

struct Map {
  const float* data;
  int64_t h, w, c;
};

// A square of pixels; those outside the map are `zeros`.
template <int side>
struct Pixels {
  const float* at[side][side];

  Pixels(const Map& map, int64_t image, int64_t top, int64_t left, const float* zeros) {
    for (int i = 0; i < side; ++i)
      for (int j = 0; j < side; ++j) {
        const int64_t y = top + i, x = left + j;
        const bool inside = y >= 0 && y < map.h && x >= 0 && x < map.w;
        at[i][j] = inside ? map.data + ((image * map.h + y) * map.w + x) * map.c : zeros;
      }
  }
};

// A vector for each place of a square, `stride` floats from one place to the next.
template <int bytes, int side>
GRAFT_INLINE inline void load_square(const float* from, int64_t stride, Floats<bytes> (&square)[side][side]) {
#pragma GCC unroll 6
  for (int i = 0; i < side; ++i)
#pragma GCC unroll 6
    for (int j = 0; j < side; ++j) square[i][j] = vector_at<bytes>(from + (i * side + j) * stride);
}
template <int bytes, int side>
GRAFT_INLINE inline void store_square(const Floats<bytes> (&square)[side][side], float* to, int64_t stride) {
#pragma GCC unroll 6
  for (int i = 0; i < side; ++i)
#pragma GCC unroll 6
    for (int j = 0; j < side; ++j) vector_at<bytes>(to + (i * side + j) * stride) = square[i][j];
}

// A tile's pixels, transformed, to its place in the first block.
template <int bytes, class Transform>
GRAFT_INLINE inline void spread_tile(const Pixels<Transform::from>& pixels, int64_t channels, float* to,
                                     int64_t block_stride) {
  for (int64_t c = 0; c < channels; c += lanes<bytes>) {
    Floats<bytes> in[Transform::from][Transform::from], out[input_side][input_side];
#pragma GCC unroll 6
    for (int i = 0; i < Transform::from; ++i)
#pragma GCC unroll 6
      for (int j = 0; j < Transform::from; ++j) in[i][j] = vector_at<bytes>(pixels.at[i][j] + c);
    transform<Transform>(in, out);
    store_square<bytes>(out, to + c / block * block_stride + c % block, place_stride);
  }
}

// Where the tiles of a map go, transformed for products. The map is what they are made of, or their outputs.
template <class Transform>
struct Spread {
  Map map;
  int64_t top, left;  // the map's padding
  const float* zeros;
  float* to;
  int64_t block_stride;

  // Tile t, which is the grid's tile `index` or, behind the last, one of zeros.
  template <int bytes>
  GRAFT_INLINE void spread(const Grid& grid, int64_t t, int64_t index) const {
    TilePlace place(grid, index);
    if (index >= grid.tiles()) place.y = map.h + top;
    spread_tile<bytes, Transform>({map, place.image, place.y - top, place.x - left, zeros}, map.c,
                                  to + t / group * group_stride + t % group * block, block_stride);
  }
};

}  // namespace graft::winograd
