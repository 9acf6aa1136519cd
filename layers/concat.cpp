#include "layers/concat.h"

#include <algorithm>

#include "engine/check.h"
#include "engine/lowering.h"
#include "kernels/elementwise/elementwise.h"
#include "layers/fusion.h"
#include "layers/rows.h"

namespace graft {

Shape Concat::output_shape(std::span<const Shape> inputs) const {
  Shape sum = inputs[0];
  const int last = sum.rank() - 1;
  GRAFT_CHECK(last == 1 || last == 3, shape, "a concatenation was given ", sum);
  for (const Shape& other : inputs.subspan(1)) {
    GRAFT_CHECK(other.rank() == sum.rank() && std::equal(sum.begin(), sum.begin() + last, other.begin()),
                shape, "a concatenation was given ", inputs[0], " and ", other);
    sum[last] += other[last];
  }
  return sum;
}

namespace {

void emit_copy(Lowering& lowering, const LayerCall& call, Phase phase, ValueId from, ValueId to) {
  const Shape& s = lowering.shape(to);
  lowering.plan.emit<Copy>(call.node->name, phase, {rows_of(s), channels_of(s), lowering.dtype},
                           {{&Copy::Args::x, from, Access::read}, {&Copy::Args::y, to, Access::write}});
}

}  // namespace

void Concat::forward(Lowering& lowering, LayerCall& call) const {
  int64_t first = 0;
  for (ValueId input : call.inputs) {
    const int64_t c = channels_of(lowering.shape(input));
    emit_copy(lowering, call, Phase::forward, input,
              lowering.plan.slice_of(call.output, first, c, value_name(call, "slice")));
    first += c;
  }
}

void Concat::backward(Lowering& lowering, LayerCall& call) const {
  int64_t first = 0;
  for (size_t i = 0; i < call.inputs.size(); ++i) {
    const Shape shape = lowering.shape(call.inputs[i]);
    if (call.wants_input_gradient[i]) {
      call.input_gradients[i] = lowering.activation(value_name(call, "input gradient"), shape);
      const ValueId slice = lowering.plan.slice_of(call.output_gradient, first, channels_of(shape),
                                                   value_name(call, "gradient slice"));
      emit_copy(lowering, call, Phase::backward, slice, call.input_gradients[i]);
    }
    first += channels_of(shape);
  }
}

}  // namespace graft
