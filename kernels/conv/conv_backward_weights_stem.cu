#include "kernels/conv/conv_bias.h"
#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/stem_patch.h"

namespace graft::GRAFT_TARGET {
namespace {

// How a block shares 8 x 16 pixels: `groups` threads take 8 taps each for 8 filters, and where that is too
// few threads, slices of the rows.
template <int filters, int side>
struct Layout {
  static constexpr int groups = side == 3 ? 4 : 20, slices = side == 3 ? 8 : 1;
  static constexpr int threads = filters / 8 * groups * slices;
  static_assert(groups * 8 >= StemPatch<side>::most_taps && threads % warp_size == 0,
                "all taps, whole warps");
};

template <int filters, int side>
struct alignas(16) Shared {
  float dy[stem_p * stem_q][filters];
  float sums[Layout<filters, side>::slices][Layout<filters, side>::groups][filters];  // of one tap a thread
  StemPatch<side> patch;
};

// The gradients of a tile, zeros beyond the image and the last filter.
template <int filters, int side>
GRAFT_DEVICE void fetch_gradients(const ConvSizes& sizes, const float* dy, const StemTile& tile, int first_k,
                                  Shared<filters, side>& shared) {
  GRAFT_NO_UNROLL  // else the coordinates of all turns are kept in registers
      for (int i = linear_thread_index(); i < stem_p * stem_q * filters / 4;
           i += Layout<filters, side>::threads) {
    const int pixel = i / (filters / 4), k = i % (filters / 4) * 4;
    const int p = tile.p + pixel / stem_q, q = tile.q + pixel % stem_q;
    const int64_t line = int64_t{tile.n} * sizes.p + p;
    async_copy<16>(&shared.dy[pixel][k], dy + (line * sizes.q + q) * sizes.k + first_k + k,
                   p < sizes.p && q < sizes.q && first_k + k < sizes.k);
  }
}

// A thread sums 8 filters (two fours half the filters apart) by 8 taps over the pixels of the tiles that its
// block visits: for each pixel 2 vectors of gradients and 8 inputs for 64 multiply-adds. A gradient comes
// from memory once, and each of its 4 bytes' worth meets 147 (27) inputs: the 7x7 stem is limited by
// arithmetic, the 3x3 one by reading dy. Block i writes dw + i k r s 3. x: [N, H, W, 3]; dy: [N, P, Q, K];
// dw: [K, R, S, 3]
template <int filters, int side>
GRAFT_KERNEL_BOUNDED(Layout<filters, side>::threads, 3)
void conv_backward_weights_stem_kernel(ConvSizes sizes, const float* x, const float* dy, float* dw,
                                       int tiles) {
  using L = Layout<filters, side>;
  auto& shared = shared_memory<Shared<filters, side>>();
  const int t = linear_thread_index(), first_k = block_index().y * filters;
  const int filter = t % (filters / 8) * 4, group = t / (filters / 8) % L::groups;
  const int slice = t / (filters / 8) / L::groups;
  const int row_taps = sizes.s * stem_channels, taps = sizes.r * row_taps;
  int offsets[8];  // of the thread's taps in the patch
  GRAFT_UNROLL
  for (int j = 0; j < 8; ++j) {
    const int tap = group + j * L::groups, r = tap / row_taps;
    offsets[j] = tap < taps ? r * StemPatch<side>::pitch + tap - r * row_taps : 0;
  }

  Float4 sums[8][2] = {};
  for (int i = block_index().x; i < tiles; i += grid_size().x) {
    const StemTile tile(sizes, i);
    block_barrier();  // whoever still reads the tile before this one
    fetch_patch(sizes, x, tile, L::threads / warp_size, shared.patch);
    fetch_gradients(sizes, dy, tile, first_k, shared);
    async_commit();
    async_wait<0>();
    block_barrier();
    for (int p = slice; p < stem_p; p += L::slices) {
      const float* line = shared.patch.x[p * sizes.stride_h];
      GRAFT_NO_UNROLL
      for (int q = 0; q < stem_q; ++q) {
        const Float4 low = load4(&shared.dy[p * stem_q + q][filter]);
        const Float4 high = load4(&shared.dy[p * stem_q + q][filters / 2 + filter]);
        GRAFT_UNROLL
        for (int j = 0; j < 8; ++j) {
          const float input = line[q * sizes.stride_w * stem_channels + offsets[j]];
          multiply_add(sums[j][0], input, low);
          multiply_add(sums[j][1], input, high);
        }
      }
    }
  }

  float* part = dw + int64_t{block_index().x} * sizes.k * taps;
  GRAFT_UNROLL
  for (int j = 0; j < 8; ++j) {
    block_barrier();
    store4(&shared.sums[slice][group][filter], sums[j][0]);
    store4(&shared.sums[slice][group][filters / 2 + filter], sums[j][1]);
    block_barrier();
    for (int i = t; i < L::groups * filters; i += L::threads) {
      const int f = i % filters, g = i / filters, tap = g + j * L::groups;
      float sum = shared.sums[0][g][f];
      for (int s = 1; s < L::slices; ++s) sum += shared.sums[s][g][f];
      if (tap < taps && first_k + f < sizes.k) part[int64_t{first_k + f} * taps + tap] = sum;
    }
  }
}

template <int filters, int side>
void launch_stem(const ConvProblem& p, const ConvBackwardWeights::Args& args, float* dw, Stream& stream) {
  using L = Layout<filters, side>;
  launch("conv_backward_weights_stem", conv_backward_weights_stem_kernel<filters, side>,
         {conv_stem_parts(p), blocks_for(p.k, filters)}, {L::threads}, sizeof(Shared<filters, side>), stream,
         sizes_of(p), floats(args.x), floats(args.dy), dw, static_cast<int>(conv_stem_tiles(p)));
}

}  // namespace

void conv_backward_weights_stem(const ConvProblem& p, const ConvBackwardWeights::Args& args,
                                const RunContext& context) {
  const int64_t parts = conv_stem_parts(p), weights = p.k * p.r * p.s * p.c;
  float* dw = parts > 1 ? static_cast<float*>(context.scratch) : floats(args.dw);
  if (p.r <= 3 && p.s <= 3)
    launch_stem<32, 3>(p, args, dw, context.stream);
  else
    launch_stem<64, 7>(p, args, dw, context.stream);
  if (parts > 1)
    launch_column_sums<1>("conv_backward_weights_stem", PlainTerm{dw, weights}, StoreTotal{floats(args.dw)},
                          parts, weights, dw + parts * weights, context.stream);
  launch_conv_bias<float>(p, args, context);
}

}  // namespace graft::GRAFT_TARGET
