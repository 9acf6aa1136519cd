#pragma once

#include <algorithm>

#include "kernels/conv/depthwise_tile.h"

// Forward and backward-data: a thread makes a strip of tiles, one below the other. The weights are loaded
// once, and the rows that two tiles share come from the first-level cache.
namespace graft::GRAFT_TARGET {

// The results of one tile whose first input is (row, column) of `image`, at the thread's channels.
template <class Tile, class Input>
GRAFT_DEVICE void gather_tile(typename Tile::Pixel (&sums)[Tile::rows][Tile::columns],
                              const typename Tile::Pixel (&weights)[Tile::taps], const Input* image, int row,
                              int column, const DepthwiseSizes& sizes) {
  GRAFT_UNROLL
  for (int i = 0; i < Tile::input_rows; ++i) {
    typename Tile::Pixel pixels[Tile::input_columns];
    const int h = row + i, width = sizes.columns.inputs;
    load_pixels(pixels, image + h * width * sizes.c, h >= 0 && h < sizes.rows.inputs, column, width, sizes.c);
    for_each_use<Tile>(pixels, i, [&](int a, int b, int tap, const auto& pixel) {
      multiply_add(sums[a][b], pixel, weights[tap]);
    });
  }
}

// jobs: strips in all, of every image, side by side first.
struct DepthwiseStrips {
  DepthwiseSizes sizes;
  int channel_blocks, tiles_a_strip, strips, jobs;
};

// finish(channel, offset, sum) takes each result.
template <class Tile, class Input, class Weight, class Finish>
GRAFT_DEVICE void depthwise_strip(const DepthwiseStrips& strips, const Input* x, const Weight* w,
                                  const Finish& finish) {
  using Axis = typename Tile::Axis;
  const DepthwiseSizes& sizes = strips.sizes;
  const TileAxis &rows = sizes.rows, &columns = sizes.columns;
  const Int3 t = thread_index();
  const int block = block_index().x;
  const int channel = block % strips.channel_blocks * depthwise_channels + Tile::width * t.x;
  const int job = block / strips.channel_blocks * Tile::tiles + t.y;
  if (channel >= sizes.c || job >= strips.jobs) return;
  const int tile_column = job % columns.tiles, strip = job / columns.tiles % strips.strips;
  const int64_t n = job / columns.tiles / strips.strips;
  const Input* image = x + n * rows.inputs * columns.inputs * sizes.c + channel;
  const int64_t first_result = n * rows.results * columns.results * sizes.c + channel;
  const int column = columns.first_result + tile_column * Tile::columns;

  typename Tile::Pixel weights[Tile::taps];
  load_filters(weights, w + channel * Tile::taps);
  const int begin = strip * strips.tiles_a_strip, end = begin + strips.tiles_a_strip;
  for (int tile = begin; tile < end && tile < rows.tiles; ++tile) {
    typename Tile::Pixel sums[Tile::rows][Tile::columns] = {};
    gather_tile<Tile>(sums, weights, image, rows.first_input + tile * Axis::step(Tile::rows),
                      columns.first_input + tile_column * Axis::step(Tile::columns), sizes);
    GRAFT_UNROLL
    for (int a = 0; a < Tile::rows; ++a) {
      const int row = rows.first_result + tile * Tile::rows + a;
      GRAFT_UNROLL
      for (int b = 0; b < Tile::columns; ++b)
        if (row >= 0 && row < rows.results && column + b >= 0 && column + b < columns.results)
          finish(channel, first_result + (row * columns.results + column + b) * sizes.c, sums[a][b]);
    }
  }
}

// Strips are as long as the grid still fills a GPU several times over.
template <class Tile>
DepthwiseStrips depthwise_strips(const ConvProblem& p) {
  constexpr int64_t enough_blocks = 1024, longest = 8;
  const DepthwiseSizes sizes = depthwise_sizes<Tile>(p);
  const int64_t channel_blocks = blocks_for(sizes.c, depthwise_channels);
  const int64_t columns = int64_t{sizes.n} * sizes.columns.tiles;
  const int64_t blocks = channel_blocks * blocks_for(columns * sizes.rows.tiles, Tile::tiles);
  const int64_t length = std::clamp<int64_t>(blocks / enough_blocks, 1, longest);
  const int64_t strips = blocks_for(sizes.rows.tiles, length);
  return {sizes, static_cast<int>(channel_blocks), static_cast<int>(length), static_cast<int>(strips),
          static_cast<int>(columns * strips)};
}

template <class Tile>
GridSize depthwise_grid(const DepthwiseStrips& strips) {
  return {strips.channel_blocks * blocks_for(strips.jobs, Tile::tiles)};
}

}  // namespace graft::GRAFT_TARGET
