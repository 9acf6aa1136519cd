#include "kernels/conv/depthwise_tile.h"
#include "kernels/gemm/add_parts.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

template <class Tile>
struct WeightsShared {
  float of_tiles[Tile::tiles][Tile::filter][depthwise_channels];
};

// Adds what the block's threads found for the same channels, in the order of the threads, and gives
// store(channel of the block, value, sum) to one thread each.
template <class Tile, int count, class Store>
GRAFT_DEVICE void sum_over_tiles(WeightsShared<Tile>& shared, const typename Tile::Pixel* values,
                                 const Store& store) {
  static_assert(count <= Tile::filter, "as many values as the shared memory has room for");
  const Int3 t = thread_index();
  block_barrier();  // whoever still reads the values before these
  GRAFT_UNROLL
  for (int i = 0; i < count; ++i) store_floats(&shared.of_tiles[t.y][i][Tile::width * t.x], values[i]);
  block_barrier();
  for (int i = linear_thread_index(); i < count * depthwise_channels; i += depthwise_threads) {
    const int channel = i % depthwise_channels, value = i / depthwise_channels;
    float sum = shared.of_tiles[0][value][channel];
    for (int tile = 1; tile < Tile::tiles; ++tile) sum += shared.of_tiles[tile][value][channel];
    store(channel, value, sum);
  }
}

struct WeightsParts {
  DepthwiseSizes sizes;
  int channel_blocks, tiles, tiles_of_part;
  float *dw, *dbias;  // [parts, C, R, S] and [parts, C]; dbias may be null
};

// Adds one tile of the output: a row of x serves all taps that read it.
template <class Tile>
GRAFT_DEVICE void add_tile(typename Tile::Pixel (&sums)[Tile::taps], typename Tile::Pixel& bias,
                           const typename Tile::Element* x, const typename Tile::Element* dy, int tile,
                           const WeightsParts& parts) {
  const TileAxis &rows = parts.sizes.rows, &columns = parts.sizes.columns;
  const int c = parts.sizes.c, tile_column = tile % columns.tiles;
  const int tile_row = tile / columns.tiles % rows.tiles;
  const int64_t n = tile / columns.tiles / rows.tiles;
  const int p = tile_row * Tile::rows, q = tile_column * Tile::columns;
  typename Tile::Pixel gradients[Tile::rows][Tile::columns];
  GRAFT_UNROLL
  for (int a = 0; a < Tile::rows; ++a)
    load_pixels(gradients[a], dy + (n * rows.results + p + a) * columns.results * c, p + a < rows.results, q,
                columns.results, c);
  GRAFT_UNROLL
  for (int a = 0; a < Tile::rows; ++a) {
    GRAFT_UNROLL
    for (int b = 0; b < Tile::columns; ++b) add(bias, gradients[a][b]);
  }
  GRAFT_UNROLL
  for (int i = 0; i < Tile::input_rows; ++i) {
    typename Tile::Pixel pixels[Tile::input_columns];
    const int h = rows.first_input + tile_row * Tile::Axis::step(Tile::rows) + i;
    load_pixels(pixels, x + (n * rows.inputs + h) * columns.inputs * c, h >= 0 && h < rows.inputs,
                columns.first_input + tile_column * Tile::Axis::step(Tile::columns), columns.inputs, c);
    for_each_use<Tile>(pixels, i, [&](int a, int b, int tap, const auto& pixel) {
      multiply_add(sums[tap], pixel, gradients[a][b]);
    });
  }
}

// The forward tile with sums and weights in exchanged roles: a thread holds the gradient of its channels'
// filters while it walks over the block's part of the output, a tile in every 16 (5x5: 8); then the block
// adds its walks. Bound by memory: 18 FLOPs (3x3) or 50 (5x5) for the 8 bytes of an x and a dy, each read
// from memory once; dbias costs an addition more. x: [N, H, W, C]; dy: [N, P, Q, C]
template <class Tile>
GRAFT_KERNEL_BOUNDED(depthwise_threads)
void conv_backward_weights_depthwise_kernel(WeightsParts parts, const typename Tile::Element* x,
                                            const typename Tile::Element* dy) {
  constexpr int filter = Tile::filter, taps = Tile::taps;
  auto& shared = shared_memory<WeightsShared<Tile>>();
  const Int3 t = thread_index();
  const int first = block_index().x % parts.channel_blocks * depthwise_channels, c = parts.sizes.c;
  const int part = block_index().x / parts.channel_blocks, channel = first + Tile::width * t.x;
  const int begin = part * parts.tiles_of_part;
  const int end = begin + parts.tiles_of_part < parts.tiles ? begin + parts.tiles_of_part : parts.tiles;

  typename Tile::Pixel sums[taps] = {}, bias = {};
  if (channel < c)
    for (int tile = begin + t.y; tile < end; tile += Tile::tiles)
      add_tile<Tile>(sums, bias, x + channel, dy + channel, tile, parts);

  float* dw = parts.dw + (int64_t{part} * c + first) * taps;
  GRAFT_UNROLL
  for (int r = 0; r < filter; ++r)
    sum_over_tiles<Tile, filter>(shared, sums + r * filter, [&](int k, int s, float sum) {
      if (first + k < c) dw[k * taps + r * filter + s] = sum;
    });
  if (parts.dbias)
    sum_over_tiles<Tile, 1>(shared, &bias, [&](int k, int, float sum) {
      if (first + k < c) parts.dbias[int64_t{part} * c + first + k] = sum;
    });
}

template <class Element, int filter, int stride>
void run(const ConvProblem& p, const ConvBackwardWeights::Args& args, const RunContext& context) {
  using Tile = DepthwiseTile<Element, filter, stride, false>;
  const SplitSum split = depthwise_weights_split(p);
  const DepthwiseSizes sizes = depthwise_sizes<Tile>(p);
  const int64_t channel_blocks = blocks_for(p.c, depthwise_channels), weights = p.c * Tile::taps;
  float* dw = floats(args.dw);
  float* dbias = p.bias ? floats(args.dbias) : nullptr;
  float* partial = split.parts > 1 ? static_cast<float*>(context.scratch) : dw;
  float* partial_bias = p.bias && split.parts > 1 ? partial + split.parts * weights : dbias;
  require_aligned("conv_backward_weights_depthwise", {args.x.data, args.dy.data});
  launch(
      "conv_backward_weights_depthwise", conv_backward_weights_depthwise_kernel<Tile>,
      {channel_blocks * split.parts}, {Tile::lanes, Tile::tiles}, sizeof(WeightsShared<Tile>), context.stream,
      WeightsParts{sizes, static_cast<int>(channel_blocks), sizes.n * sizes.rows.tiles * sizes.columns.tiles,
                   static_cast<int>(split.length_of_part), partial, partial_bias},
      elements<const Element>(args.x), elements<const Element>(args.dy));
  if (split.parts == 1) return;
  launch_add_parts(partial, dw, split.parts, p.c, Tile::taps, no_epilogue, context.stream);
  if (dbias) launch_add_parts(partial_bias, dbias, split.parts, 1, p.c, no_epilogue, context.stream);
}

}  // namespace

void conv_backward_weights_depthwise(const ConvProblem& p, const ConvBackwardWeights::Args& args,
                                     const RunContext& context) {
  with_element(p.dtype, [&](auto element) {
    using E = decltype(element);
    constexpr decltype(&run<E, 3, 1>) methods[2][2] = {{run<E, 3, 1>, run<E, 3, 2>},
                                                       {run<E, 5, 1>, run<E, 5, 2>}};
    methods[p.r == 5][p.stride_h == 2](p, args, context);
  });
}

}  // namespace graft::GRAFT_TARGET
