#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/stem_patch.h"

namespace graft::GRAFT_TARGET {
namespace {

// Four floats more: lanes that write neighbouring taps meet different banks.
template <int filters, int side>
struct alignas(16) Shared {
  float w[StemPatch<side>::most_taps][filters + 4];
  StemPatch<side> patch;
};

template <int filters>
constexpr int threads_of = stem_q* filters / 8;

// [K, taps] to [taps][filters], zeros beyond the last filter.
template <int filters, int side>
GRAFT_DEVICE void fetch_filters(const float* w, int k, int first_k, int taps, Shared<filters, side>& shared) {
  for (int i = linear_thread_index(); i < filters * taps; i += threads_of<filters>) {
    const int filter = i / taps, tap = i - filter * taps;
    async_copy<4>(&shared.w[tap][filter], w + int64_t{first_k} * taps + i, first_k + filter < k);
  }
}

// A thread computes one column of a tile's 8 x 16 pixels for 8 filters, two fours half the filters apart: for
// each tap 8 inputs (four columns a warp, the others share them) and 2 vectors of weights for 64
// multiply-adds. The filters stay in shared memory while the block goes from tile to tile, so an input comes
// from memory about once and the 7x7 stem (147 multiply-adds for a result of 4 bytes) is limited by
// arithmetic, the 3x3 one (27) by the results it writes. x: [N, H, W, 3]; w: [K, R, S, 3]; y: [N, P, Q, K]
template <int filters, int side>
GRAFT_KERNEL_BOUNDED(threads_of<filters>)
void conv_forward_stem_kernel(ConvSizes sizes, const float* x, const float* w, float* y, int tiles,
                              Epilogue epilogue) {
  constexpr int warps = threads_of<filters> / warp_size;
  auto& shared = shared_memory<Shared<filters, side>>();
  const int t = linear_thread_index(), first_k = block_index().y * filters;
  const int filter = t % (filters / 8) * 4, column = t / (filters / 8);
  const int row_taps = sizes.s * stem_channels, step_w = sizes.stride_w * stem_channels;
  fetch_filters(w, sizes.k, first_k, sizes.r * row_taps, shared);
  for (int i = block_index().x; i < tiles; i += grid_size().x) {
    const StemTile tile(sizes, i);
    block_barrier();  // whoever still reads the patch before this one
    fetch_patch(sizes, x, tile, warps, shared.patch);
    async_commit();
    async_wait<0>();
    block_barrier();

    Float4 sums[stem_p][2] = {};
    for (int r = 0; r < sizes.r; ++r) {
      const float* from = &shared.patch.x[r][column * step_w];
      for (int tap = 0; tap < row_taps; ++tap) {
        const Float4 low = load4(&shared.w[r * row_taps + tap][filter]);
        const Float4 high = load4(&shared.w[r * row_taps + tap][filters / 2 + filter]);
        GRAFT_UNROLL
        for (int p = 0; p < stem_p; ++p) {
          const float input = from[p * sizes.stride_h * StemPatch<side>::pitch + tap];
          multiply_add(sums[p][0], input, low);
          multiply_add(sums[p][1], input, high);
        }
      }
    }
    GRAFT_UNROLL
    for (int p = 0; p < stem_p; ++p) {
      if (tile.p + p >= sizes.p || tile.q + column >= sizes.q) continue;
      const int64_t pixel = (int64_t{tile.n} * sizes.p + tile.p + p) * sizes.q + tile.q + column;
      GRAFT_UNROLL
      for (int half = 0; half < 2; ++half) {
        const int k = first_k + half * (filters / 2) + filter;
        store_fours(Result<float>{y, true}, pixel * sizes.k + k, k, sizes.k, sums[p][half], epilogue);
      }
    }
  }
}

template <int filters, int side>
void launch_stem(const ConvProblem& p, const ConvForward::Args& args, Stream& stream) {
  const int64_t tiles = conv_stem_tiles(p);
  launch("conv_forward_stem", conv_forward_stem_kernel<filters, side>,
         {std::min<int64_t>(tiles, 528), blocks_for(p.k, filters)}, {threads_of<filters>},
         sizeof(Shared<filters, side>), stream, sizes_of(p), floats(args.x), floats(args.w), floats(args.y),
         static_cast<int>(tiles), epilogue_of(p, args));
}

}  // namespace

void conv_forward_stem(const ConvProblem& p, const ConvForward::Args& args, const RunContext& context) {
  if (p.r <= 3 && p.s <= 3)
    launch_stem<32, 3>(p, args, context.stream);
  else
    launch_stem<64, 7>(p, args, context.stream);
}

}  // namespace graft::GRAFT_TARGET
