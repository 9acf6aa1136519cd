#pragma once

#include "kernels/conv/depthwise_kernels.h"
#include "kernels/half_vector.h"

// One thread's work on a depthwise convolution: some channels of a small tile of results. A row of the input
// is loaded once and serves every result and tap that reads it; what lies outside the input is zero. All
// indices below are known while compiling, so that everything stays in registers.
namespace graft::GRAFT_TARGET {

// Along one axis: result `a` takes tap `t` from input source(a, t), counted from the tile's first input, or
// not at all (-1). Transposed: the results are the convolution's inputs; tiles begin where a tap 0 lands.
template <int taps_, int stride, bool transposed>
struct Gather {
  static_assert((taps_ - 1) % stride == 0,
                "a transposed tile's inputs begin a whole number of strides before it");
  static constexpr int taps = taps_;
  static constexpr int reach = (taps - 1) / stride;

  static constexpr int source(int result, int tap) {
    if (!transposed) return result * stride + tap;
    const int steps = result - tap + taps - 1;
    return steps % stride == 0 ? steps / stride : -1;
  }
  static constexpr int inputs(int results) {
    return transposed ? (results - 1) / stride + reach + 1 : (results - 1) * stride + taps;
  }
  // From a tile's first input to the next tile's.
  static constexpr int step(int results) { return transposed ? results / stride : results * stride; }
};

template <class ElementType, int filter_, int stride_, bool transposed_>
struct DepthwiseTile {
  using Element = ElementType;  // in memory
  static constexpr int filter = filter_, taps = filter * filter, stride = stride_;
  static constexpr bool transposed = transposed_;
  // Of 5x5 two channels: the 25 taps of four take 100 registers by themselves, and ptxas spills.
  static constexpr int width = filter == 3 ? 4 : 2;
  using Pixel = Floats<width>;
  using Axis = Gather<filter, stride, transposed>;
  // Of a block: threads along the channels, and below each other.
  static constexpr int lanes = depthwise_channels / width, tiles = depthwise_threads / lanes;
  static constexpr int rows = depthwise_tile_rows;
  static constexpr int columns = transposed ? 4 : depthwise_tile_columns(stride);
  static constexpr int input_rows = Axis::inputs(rows), input_columns = Axis::inputs(columns);
  static_assert(rows % stride == 0 && columns % stride == 0, "every tile begins at the same phase");
};

// Tiles along one axis of the results: forward P from H, backward H from P.
struct TileAxis {
  int results, inputs, tiles, first_result, first_input;  // the last two of the first tile
};

template <class Tile>
TileAxis tile_axis(int64_t results, int64_t inputs, int64_t pad, int tile) {
  const int64_t phase = Tile::transposed ? pad % Tile::stride : 0;
  const int64_t first = Tile::transposed ? pad / Tile::stride - Tile::Axis::reach : -pad;
  return {static_cast<int>(results), static_cast<int>(inputs),
          static_cast<int>(blocks_for(results + phase, tile)), static_cast<int>(-phase),
          static_cast<int>(first)};
}

struct DepthwiseSizes {
  TileAxis rows, columns;
  int n, c;
};

template <class Tile>
DepthwiseSizes depthwise_sizes(const ConvProblem& p) {
  const auto axis = [](int64_t in, int64_t out, int64_t pad, int tile) {
    return Tile::transposed ? tile_axis<Tile>(in, out, pad, tile) : tile_axis<Tile>(out, in, pad, tile);
  };
  return {axis(p.h, p.p(), p.pad_top, Tile::rows), axis(p.w, p.q(), p.pad_left, Tile::columns),
          static_cast<int>(p.n), static_cast<int>(p.c)};
}

// Columns [first, first + count) of a row of pixels that begins at `row`; zero outside, or where the row is.
template <int width, int count, class Element>
GRAFT_DEVICE void load_pixels(Floats<width> (&pixels)[count], const Element* row, bool inside, int first,
                              int columns, int c) {
  GRAFT_UNROLL
  for (int i = 0; i < count; ++i) {
    const int column = first + i;
    pixels[i] =
        inside && column >= 0 && column < columns ? load_floats<width>(row + column * c) : Floats<width>{};
  }
}

// The filters of the thread's channels, [width, taps] in memory: as many wide loads as there are taps.
template <int width, int taps, class Element>
GRAFT_DEVICE void load_filters(Floats<width> (&weights)[taps], const Element* w) {
  GRAFT_UNROLL
  for (int i = 0; i < taps; ++i) {
    const Floats<width> some = load_floats<width>(w + width * i);
    GRAFT_UNROLL
    for (int j = 0; j < width; ++j) weights[(width * i + j) % taps].at[(width * i + j) / taps] = some.at[j];
  }
}

// use(result row, result column, tap, pixel) for everything that reads a row of the tile's input.
template <class Tile, class Use>
GRAFT_DEVICE void for_each_use(const typename Tile::Pixel (&pixels)[Tile::input_columns], int row,
                               const Use& use) {
  using Axis = typename Tile::Axis;
  GRAFT_UNROLL
  for (int a = 0; a < Tile::rows; ++a) {
    GRAFT_UNROLL
    for (int r = 0; r < Tile::filter; ++r) {
      if (Axis::source(a, r) != row) continue;
      GRAFT_UNROLL
      for (int b = 0; b < Tile::columns; ++b) {
        GRAFT_UNROLL
        for (int s = 0; s < Tile::filter; ++s) {
          const int column = Axis::source(b, s);
          if (column >= 0) use(a, b, r * Tile::filter + s, pixels[column]);
        }
      }
    }
  }
}

// Kernels read and write 16 bytes at once. The engine's memory begins at multiples of 64.
inline void require_aligned(const char* name, std::initializer_list<const void*> operands) {
  if (!four_at_a_time(operands, 4))
    launch_failed(name, "an operand does not begin at a multiple of 16 bytes");
}

}  // namespace graft::GRAFT_TARGET
