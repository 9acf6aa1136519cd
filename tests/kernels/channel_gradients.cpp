#include "kernels/channel_scale/channel_scale.h"
#include "kernels/layer_norm/layer_norm.h"
#include "kernels/local_response_norm/local_response_norm.h"
#include "kernels/prelu/prelu.h"
#include "support/gradient_check.h"

namespace graft::test {
namespace {

// What shuffles, slices and upsampling do to a gradient is compared exactly: tests/kernels/channel_ops.cpp.

TEST_CASE("gradients: layer norm") {
  using F = LayerNormForward::Args;
  using B = LayerNormBackward::Args;
  const LayerNormProblem p{.rows = 9, .c = 7, .epsilon = 1e-3};
  const HostTensor x = normals({9, 7}, 1, 0.5, 2), scale = normals({7}, 2, 1, 0.3), shift = normals({7}, 3);
  const HostTensor dy = normals(x.shape, 4);
  const OpCase<LayerNormForward> forward{
      p,  {{&F::x, x}, {&F::scale, scale}, {&F::shift, shift}},
      {}, {{&F::y, zeros(x.shape)}, {&F::mean, zeros({9})}, {&F::variance, zeros({9})}},
      {}, {},
      {}, {}};
  const auto saved = run_reference(forward).tensors;
  const OpCase<LayerNormBackward> back{
      p,
      {{&B::x, x},
       {&B::dy, dy},
       {&B::scale, scale},
       {&B::mean, {{9}, saved[1]}},
       {&B::variance, {{9}, saved[2]}}},
      {},
      {{&B::dx, zeros(x.shape)}, {&B::dscale, zeros({7})}, {&B::dshift, zeros({7})}},
      {},
      {},
      {},
      {}};
  const auto loss = [&](auto member) {
    return [&, member](const HostTensor& v) { return loss_with(forward, member, v, dy.values); };
  };
  const auto gradients = run_reference(back).tensors;
  check_gradient(x, gradients[0], loss(&F::x), "layer norm dx");
  check_gradient(scale, gradients[1], loss(&F::scale), "layer norm dscale");
  check_gradient(shift, gradients[2], loss(&F::shift), "layer norm dshift");
}

TEST_CASE("gradients: channel scale") {
  using F = ChannelScaleForward::Args;
  using B = ChannelScaleBackward::Args;
  const ChannelScaleProblem p{.rows = 9, .c = 7, .bias = true};
  const HostTensor x = normals({9, 7}, 1), scale = normals({7}, 2), bias = normals({7}, 3),
                   dy = normals(x.shape, 4);
  const OpCase<ChannelScaleForward> forward{
      p, {{&F::x, x}, {&F::scale, scale}, {&F::bias, bias}}, {}, {{&F::y, zeros(x.shape)}}, {}, {}, {}, {}};
  const OpCase<ChannelScaleBackward> back{
      p,  {{&B::x, x}, {&B::dy, dy}, {&B::scale, scale}},
      {}, {{&B::dx, zeros(x.shape)}, {&B::dscale, zeros({7})}, {&B::dbias, zeros({7})}},
      {}, {},
      {}, {}};
  const auto loss = [&](auto member) {
    return [&, member](const HostTensor& v) { return loss_with(forward, member, v, dy.values); };
  };
  const auto gradients = run_reference(back).tensors;
  check_gradient(x, gradients[0], loss(&F::x), "scale dx");
  check_gradient(scale, gradients[1], loss(&F::scale), "scale dscale");
  check_gradient(bias, gradients[2], loss(&F::bias), "scale dbias");
}

TEST_CASE("gradients: prelu away from its kink") {
  using F = PreluForward::Args;
  using B = PreluBackward::Args;
  const PreluProblem p{.rows = 9, .c = 7};
  HostTensor x = normals({9, 7}, 1);
  for (double& v : x.values)
    if (std::fabs(v) < 1e-3) v += 0.01;
  const HostTensor slope = normals({7}, 2), dy = normals(x.shape, 4);
  const OpCase<PreluForward> forward{
      p, {{&F::x, x}, {&F::slope, slope}}, {}, {{&F::y, zeros(x.shape)}}, {}, {}, {}, {}};
  const OpCase<PreluBackward> back{p,  {{&B::x, x}, {&B::dy, dy}, {&B::slope, slope}},
                                   {}, {{&B::dx, zeros(x.shape)}, {&B::dslope, zeros({7})}},
                                   {}, {},
                                   {}, {}};
  const auto loss = [&](auto member) {
    return [&, member](const HostTensor& v) { return loss_with(forward, member, v, dy.values); };
  };
  const auto gradients = run_reference(back).tensors;
  check_gradient(x, gradients[0], loss(&F::x), "prelu dx");
  check_gradient(slope, gradients[1], loss(&F::slope), "prelu dslope");
}

TEST_CASE("gradients: local response norm") {
  using F = LocalResponseNormForward::Args;
  using B = LocalResponseNormBackward::Args;
  for (const int64_t size : {4, 5}) {
    const LocalResponseNormProblem p{.rows = 4, .c = 11, .size = size, .alpha = 0.4, .beta = 0.75, .k = 1.5};
    const HostTensor x = normals({4, 11}, 1, 0, 2), dy = normals(x.shape, 2);
    const OpCase<LocalResponseNormForward> forward{p,  {{&F::x, x}}, {}, {{&F::y, zeros(x.shape)}},
                                                   {}, {},           {}, {}};
    const OpCase<LocalResponseNormBackward> back{
        p, {{&B::x, x}, {&B::dy, dy}}, {}, {{&B::dx, zeros(x.shape)}}, {}, {}, {}, {}};
    check_gradient(
        x, run_reference(back).tensors[0],
        [&](const HostTensor& v) { return loss_with(forward, &F::x, v, dy.values); }, text(p));
  }
}

}  // namespace
}  // namespace graft::test
