#include "kernels/conv/conv_bias.h"
#include "kernels/conv/conv_kernels.h"
#include "kernels/conv/windows.h"
#include "kernels/gemm/add_parts.h"
#include "kernels/gemm/block_product.h"
#include "kernels/gemm/matrix.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

// Row i is place `first_place` + i of a filter of one group, along the output pixels: the input that each of
// them reads there, zero in the padding.
template <class ElementType>
struct InputTaps {
  using Element = ElementType;
  static constexpr bool along_depth = false;
  ConvSizes sizes;
  const Element* data;  // [N, H, W, C], at the group's first channel
  int first_place, first_pixel, pixels;

  // From the window's corner.
  struct Row {
    int h, w, offset;
    bool inside;
  };
  // An output pixel: its window's corner, without the padding.
  struct Step {
    int pixel, h, w, offset;
  };
  GRAFT_DEVICE Row row(int i) const {
    const int tap = (first_place + i) / sizes.group_c, c = first_place + i - tap * sizes.group_c;
    const int r = tap / sizes.s, h = r * sizes.dilation_h - sizes.pad_top;
    const int w = (tap - r * sizes.s) * sizes.dilation_w - sizes.pad_left;
    return {h, w, (h * sizes.w + w) * sizes.c + c, r < sizes.r};
  }
  GRAFT_DEVICE Step step(int j) const {
    const int pixel = first_pixel + j, line = pixel / sizes.q, n = line / sizes.p;
    const int h = (line - n * sizes.p) * sizes.stride_h, w = (pixel - line * sizes.q) * sizes.stride_w;
    return {pixel, h, w, ((n * sizes.h + h) * sizes.w + w) * sizes.c};
  }
  GRAFT_DEVICE void advance() const {}
  GRAFT_DEVICE void advance(Step& step) const {
    const int w_end = sizes.q * sizes.stride_w, h_end = sizes.p * sizes.stride_h;
    step.pixel += steps_of_slab<Element>;
    step.w += steps_of_slab<Element> * sizes.stride_w;
    step.offset += steps_of_slab<Element> * sizes.stride_w * sizes.c;
    while (step.w >= w_end) {
      step.w -= w_end;
      step.h += sizes.stride_h;
      step.offset += (sizes.stride_h * sizes.w - w_end) * sizes.c;
      if (step.h < h_end) continue;
      step.h = 0;
      step.offset += (sizes.h - h_end) * sizes.w * sizes.c;
    }
  }
  GRAFT_DEVICE Source<Element> at(const Row& row, const Step& step) const {
    const bool inside = row.inside && step.pixel < pixels && within(step.h + row.h, sizes.h) &&
                        within(step.w + row.w, sizes.w);
    return {data + (step.offset + row.offset), inside};
  }
};

template <class Tile>
using A = MatrixOperand<typename Tile::Element, false>;
template <class Tile>
using B = InputTaps<typename Tile::Element>;
template <class Tile>
using Shared = BlockProductShared<Tile, A<Tile>, B<Tile>>;

// See block_product.h: a tile of filters of one group by places in a filter, the sum along the output pixels.
// Neighbours lie along the rows of both operands, so slabs are read as they are multiplied. Neighbouring
// blocks share dy. Part i of the sum goes to dw + i k r s c, float32 always. x: [N, H, W, C]; dy: [N, P, Q,
// K]; dw: [K, R, S, C / groups]
template <class Tile, class Element = typename Tile::Element>
GRAFT_KERNEL_BOUNDED(Tile::threads, Tile::blocks)
void conv_backward_weights_implicit_kernel(ConvSizes sizes, const Element* x, const Element* dy, float* dw,
                                           int steps, int steps_of_part, int tiles_n) {
  auto& shared = shared_memory<Shared<Tile>>();
  const Int3 block = block_index();
  const int m0 = block.x / tiles_n * Tile::m, n0 = block.x % tiles_n * Tile::n;
  const int pixels = sizes.n * sizes.p * sizes.q, filter = sizes.r * sizes.s * sizes.group_c;
  const int first_step = block.y * steps_of_part, first_k = block.z * sizes.group_k;
  const int first_pixel = first_step * steps_of_slab<Element>;
  const A<Tile> gradients{dy + first_k, sizes.group_k, pixels, sizes.k};
  const B<Tile> taps{sizes, x + block.z * sizes.group_c, n0, first_pixel, pixels};
  float* part = dw + (int64_t{block.y} * sizes.k + first_k) * filter;
  block_product<Tile>(shared, gradients.from(m0, first_pixel), taps,
                      steps_of_block(steps, first_step, steps_of_part),
                      [&](int row, int column, const Float4& sum) {
                        const int64_t k = m0 + row;
                        const int place = n0 + column;
                        if (k < sizes.group_k && place < filter) store4(part + k * filter + place, sum);
                      });
}

template <class Tile, class Element = typename Tile::Element>
void launch_tile(const ConvProblem& p, const ConvBackwardWeights::Args& args, float* dw,
                 const ProductPlan& plan, Stream& stream) {
  launch(GRAFT_NAME_FOR(Tile::math, "conv_backward_weights_implicit"),
         conv_backward_weights_implicit_kernel<Tile>, {plan.tiles_m * plan.tiles_n, plan.parts, p.groups},
         {Tile::threads}, sizeof(Shared<Tile>), stream, sizes_of(p), elements<const Element>(args.x),
         elements<const Element>(args.dy), dw, static_cast<int>(plan.steps),
         static_cast<int>(plan.steps_of_part), static_cast<int>(plan.tiles_n));
}

}  // namespace

template <Math math>
void conv_backward_weights_implicit(const ConvProblem& p, const ConvBackwardWeights::Args& args,
                                    const RunContext& context) {
  const ProductPlan plan = conv_implicit_plan<ConvBackwardWeights>(p);
  float* dw = plan.parts > 1 ? static_cast<float*>(context.scratch) : floats(args.dw);
  with_window_tile<math>(plan,
                         [&](auto tile) { launch_tile<decltype(tile)>(p, args, dw, plan, context.stream); });
  if (plan.parts > 1)
    launch_add_parts(dw, floats(args.dw), plan.parts, p.k, p.r * p.s * p.group_c(), no_epilogue,
                     context.stream);
  launch_conv_bias<ElementOf<math>>(p, args, context);
}

template void conv_backward_weights_implicit<Math::fp32>(const ConvProblem&, const ConvBackwardWeights::Args&,
                                                         const RunContext&);
template void conv_backward_weights_implicit<Math::tf32>(const ConvProblem&, const ConvBackwardWeights::Args&,
                                                         const RunContext&);
template void conv_backward_weights_implicit<Math::bf16>(const ConvProblem&, const ConvBackwardWeights::Args&,
                                                         const RunContext&);

}  // namespace graft::GRAFT_TARGET
