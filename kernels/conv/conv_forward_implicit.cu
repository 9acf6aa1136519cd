#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/windows.h"
#include "kernels/gemm/add_parts.h"
#include "kernels/gemm/block_product.h"

namespace graft::GRAFT_TARGET {
namespace {

// The windows of a tile's output pixels.
struct OutputWindows {
  ConvSizes sizes;
  int first, first_image, pixels;
  GRAFT_DEVICE Window operator()(const WindowSizes& window, int i) const {
    const int pixel = first + i, row = pixel / sizes.q, n = row / sizes.p;
    Window result = window_at(window, n - first_image, (row - n * sizes.p) * sizes.stride_h - sizes.pad_top,
                              (pixel - row * sizes.q) * sizes.stride_w - sizes.pad_left);
    if (pixel >= pixels) result.inside = 0;
    return result;
  }
};

template <class Tile>
using A = Windows<typename Tile::Element, OutputWindows>;
template <class Tile>
using B = FilterOperand<typename Tile::Element, true>;
template <class Tile>
using Shared = BlockProductShared<Tile, A<Tile>, B<Tile>>;

// See block_product.h: a tile of output pixels by filters of one group, the sum along R, S, C. An input is
// copied for each of the R S / stride^2 windows that hold it, all but once from the caches: at 85 FLOPs for
// each float copied the multiply-adds are the limit. Neighbouring blocks share pixels. Part i of the sum goes
// to y + i n p q k. x: [N, H, W, C]; w: [K, R, S, C / groups]; y: [N, P, Q, K], pixels y_pitch apart
template <class Tile, class Element = typename Tile::Element>
GRAFT_KERNEL_BOUNDED(Tile::threads, Tile::blocks)
void conv_forward_implicit_kernel(ConvSizes sizes, const Element* x, const Element* w, Result<Element> y,
                                  int steps, int steps_of_part, int tiles_n, EpilogueOf<Element> epilogue) {
  auto& shared = shared_memory<Shared<Tile>>();
  const Int3 block = block_index();
  const int m0 = block.x / tiles_n * Tile::m, n0 = block.x % tiles_n * Tile::n;
  const int first_k = block.z * sizes.group_k, first_step = block.y * steps_of_part;
  const int pixels = sizes.n * sizes.p * sizes.q, image = m0 / sizes.q / sizes.p;
  const int filter = sizes.r * sizes.s * sizes.group_c;
  const WindowSizes window{sizes.h, sizes.w, sizes.c, sizes.r, sizes.s, sizes.dilation_h, sizes.dilation_w};
  const A<Tile> windows{x + int64_t{image} * sizes.h * sizes.w * sizes.c + block.z * sizes.group_c,
                        window,
                        {sizes, m0, image, pixels},
                        window.walk<steps_of_slab<Element>>(sizes.group_c, first_step)};
  const B<Tile> filters{w + int64_t{first_k + n0} * filter,
                        sizes.group_k - n0,
                        filter,
                        {sizes.group_c, sizes.s, sizes.group_c, sizes.s * sizes.group_c, first_step}};
  const Result<Element> part = y.part(int64_t{block.y} * pixels * sizes.k);
  block_product<Tile>(shared, windows, filters, steps_of_block(steps, first_step, steps_of_part),
                      [&](int row, int column, const Float4& sum) {
                        const int64_t pixel = m0 + row;
                        const int k = n0 + column;
                        if (pixel < pixels && k < sizes.group_k)
                          store_fours(part, pixel * sizes.y_pitch + first_k + k, first_k + k,
                                      first_k + sizes.group_k, sum, epilogue);
                      });
}

template <class Tile, class Element = typename Tile::Element>
void launch_tile(const ConvProblem& p, const ConvForward::Args& args, const Result<Element>& y,
                 const ProductPlan& plan, const EpilogueOf<Element>& epilogue, Stream& stream) {
  launch(GRAFT_NAME_FOR(Tile::math, "conv_forward_implicit"), conv_forward_implicit_kernel<Tile>,
         {plan.tiles_m * plan.tiles_n, plan.parts, p.groups}, {Tile::threads}, sizeof(Shared<Tile>), stream,
         plan.parts > 1 ? sizes_of(p) : sizes_of(p, args.y), elements<const Element>(args.x),
         elements<const Element>(args.w), y, static_cast<int>(plan.steps),
         static_cast<int>(plan.steps_of_part), static_cast<int>(plan.tiles_n), epilogue);
}

}  // namespace

template <Math math>
void conv_forward_implicit(const ConvProblem& p, const ConvForward::Args& args, const RunContext& context) {
  using Element = ElementOf<math>;
  const ProductPlan plan = conv_implicit_plan<ConvForward>(p);
  const bool split = plan.parts > 1;
  const Result<Element> y = result_of<Element>(args.y), parts{context.scratch, true};
  const EpilogueOf<Element> epilogue = epilogue_of<Element>(p, args);
  with_window_tile<math>(plan, [&](auto tile) {
    launch_tile<decltype(tile)>(p, args, split ? parts : y, plan, split ? no_epilogue_of<Element> : epilogue,
                                context.stream);
  });
  if (split)
    launch_add_parts(static_cast<const float*>(context.scratch), y, plan.parts, p.n * p.p() * p.q(), p.k,
                     row_stride(args.y, p.k), epilogue, context.stream);
}

template void conv_forward_implicit<Math::fp32>(const ConvProblem&, const ConvForward::Args&,
                                                const RunContext&);
template void conv_forward_implicit<Math::tf32>(const ConvProblem&, const ConvForward::Args&,
                                                const RunContext&);
template void conv_forward_implicit<Math::bf16>(const ConvProblem&, const ConvForward::Args&,
                                                const RunContext&);

}  // namespace graft::GRAFT_TARGET
