#include "layers/upsample.h"

#include "engine/check.h"
#include "engine/lowering.h"
#include "kernels/upsample/upsample.h"
#include "layers/fusion.h"

namespace graft {

Upsample::Upsample(int64_t factor) : factor_(factor) {
  GRAFT_CHECK(factor > 0 && factor <= 64, shape, "upsampling by ", factor, " is not possible; 1 to 64 is");
}

Shape Upsample::output_shape(std::span<const Shape> inputs) const {
  const Shape& x = inputs[0];
  GRAFT_CHECK(x.rank() == 4, shape, "upsampling was given ", x);
  return {x.n(), x.h() * factor_, x.w() * factor_, x.c()};
}

namespace {

UpsampleProblem problem_of(const Shape& x, int64_t factor, DType dtype) {
  return {x.n(), x.h(), x.w(), x.c(), factor, dtype};
}

}  // namespace

void Upsample::forward(Lowering& lowering, LayerCall& call) const {
  using Args = UpsampleForward::Args;
  lowering.plan.emit<UpsampleForward>(
      call.node->name, Phase::forward, problem_of(lowering.shape(call.inputs[0]), factor_, lowering.dtype),
      {{&Args::x, call.inputs[0], Access::read}, {&Args::y, call.output, Access::write}});
}

void Upsample::backward(Lowering& lowering, LayerCall& call) const {
  using Args = UpsampleBackward::Args;
  const Shape x = lowering.shape(call.inputs[0]);
  call.input_gradients[0] = lowering.activation(value_name(call, "input gradient"), x);
  lowering.plan.emit<UpsampleBackward>(
      call.node->name, Phase::backward, problem_of(x, factor_, lowering.dtype),
      {{&Args::dy, call.output_gradient, Access::read}, {&Args::dx, call.input_gradients[0], Access::write}});
}

}  // namespace graft
