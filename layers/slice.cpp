#include "layers/slice.h"

#include "engine/check.h"
#include "engine/lowering.h"
#include "kernels/elementwise/elementwise.h"
#include "kernels/elementwise/slice_gradient.h"
#include "layers/fusion.h"
#include "layers/rows.h"

namespace graft {

Slice::Slice(int64_t first, int64_t count) : first_(first), count_(count) {
  GRAFT_CHECK(first >= 0 && count > 0, shape, "a slice of ", count, " channels from ", first,
              " is not possible");
}

Shape Slice::output_shape(std::span<const Shape> inputs) const {
  const Shape& x = inputs[0];
  GRAFT_CHECK(x.rank() == 4 && first_ < x.c() && count_ <= x.c() - first_, shape, "a slice of ", count_,
              " channels from ", first_, " was given ", x);
  return {x.n(), x.h(), x.w(), count_};
}

void Slice::forward(Lowering& lowering, LayerCall& call) const {
  const Shape y = lowering.shape(call.output);
  const ValueId part = lowering.plan.slice_of(call.inputs[0], first_, count_, value_name(call, "slice"));
  lowering.plan.emit<Copy>(
      call.node->name, Phase::forward, {rows_of(y), count_, lowering.dtype},
      {{&Copy::Args::x, part, Access::read}, {&Copy::Args::y, call.output, Access::write}});
}

void Slice::backward(Lowering& lowering, LayerCall& call) const {
  using Args = SliceGradient::Args;
  const Shape x = lowering.shape(call.inputs[0]);
  call.input_gradients[0] = lowering.activation(value_name(call, "input gradient"), x);
  lowering.plan.emit<SliceGradient>(
      call.node->name, Phase::backward, {rows_of(x), x.c(), first_, count_, lowering.dtype},
      {{&Args::dy, call.output_gradient, Access::read}, {&Args::dx, call.input_gradients[0], Access::write}});
}

}  // namespace graft
