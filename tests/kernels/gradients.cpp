#include "support/gradient_check.h"

#include "kernels/activation/activation.h"
#include "kernels/batch_norm/batch_norm.h"
#include "kernels/conv_cases.h"
#include "kernels/elementwise/elementwise.h"
#include "kernels/elementwise/multiply.h"
#include "kernels/gemm/dense.h"
#include "kernels/pool/pool.h"
#include "kernels/softmax_cross_entropy/softmax_cross_entropy.h"

namespace graft::test {
namespace {

TEST_CASE("gradients: conv") {
  using F = ConvForward::Args;
  using D = ConvBackwardData::Args;
  using W = ConvBackwardWeights::Args;
  ConvProblem odd = square_conv(2, 6, 4, 6, 3, 2, 1, 2);
  odd.pad_top = 0;
  for (ConvProblem p : {square_conv(2, 5, 3, 4, 3, 1, 1), odd, square_conv(1, 7, 6, 6, 5, 2, 2, 6)}) {
    p.bias = true;
    const HostTensor x = normals(x_shape(p), 1), w = normals(w_shape(p), 2), bias = normals({p.k}, 3);
    const HostTensor dy = normals(y_shape(p), 4);
    const OpCase<ConvForward> forward{
        p, {{&F::x, x}, {&F::w, w}, {&F::bias, bias}}, {}, {{&F::y, zeros(dy.shape)}}, {}, {}, {}, {}};
    const OpCase<ConvBackwardData> data{
        p, {{&D::dy, dy}, {&D::w, w}}, {}, {{&D::dx, zeros(x.shape)}}, {}, {}, {}, {}};
    const OpCase<ConvBackwardWeights> weights{p,  {{&W::x, x}, {&W::dy, dy}},
                                              {}, {{&W::dw, zeros(w.shape)}, {&W::dbias, zeros(bias.shape)}},
                                              {}, {},
                                              {}, {}};
    const auto loss = [&](auto member) {
      return [&, member](const HostTensor& v) { return loss_with(forward, member, v, dy.values); };
    };
    check_gradient(x, run_reference(data).tensors[0], loss(&F::x), text("conv dx ", p));
    const auto dw = run_reference(weights).tensors;
    check_gradient(w, dw[0], loss(&F::w), text("conv dw ", p));
    check_gradient(bias, dw[1], loss(&F::bias), text("conv dbias ", p));
  }
}

TEST_CASE("gradients: dense") {
  using F = DenseForward::Args;
  using D = DenseBackwardData::Args;
  using W = DenseBackwardWeights::Args;
  DenseProblem p{5, 11, 7};
  p.bias = true;
  const HostTensor x = normals({5, 11}, 1), w = normals({7, 11}, 2), bias = normals({7}, 3),
                   dy = normals({5, 7}, 4);
  const OpCase<DenseForward> forward{
      p, {{&F::x, x}, {&F::w, w}, {&F::bias, bias}}, {}, {{&F::y, zeros(dy.shape)}}, {}, {}, {}, {}};
  const OpCase<DenseBackwardData> data{
      p, {{&D::dy, dy}, {&D::w, w}}, {}, {{&D::dx, zeros(x.shape)}}, {}, {}, {}, {}};
  const OpCase<DenseBackwardWeights> weights{p,  {{&W::x, x}, {&W::dy, dy}},
                                             {}, {{&W::dw, zeros(w.shape)}, {&W::dbias, zeros(bias.shape)}},
                                             {}, {},
                                             {}, {}};
  const auto loss = [&](auto member) {
    return [&, member](const HostTensor& v) { return loss_with(forward, member, v, dy.values); };
  };
  check_gradient(x, run_reference(data).tensors[0], loss(&F::x), "dense dx");
  const auto dw = run_reference(weights).tensors;
  check_gradient(w, dw[0], loss(&F::w), "dense dw");
  check_gradient(bias, dw[1], loss(&F::bias), "dense dbias");
}

TEST_CASE("gradients: pooling") {
  using F = PoolForward::Args;
  using B = PoolBackward::Args;
  for (PoolKind kind : {PoolKind::max, PoolKind::average})
    for (bool counted : {false, true}) {
      PoolProblem p{.kind = kind, .n = 2, .h = 7, .w = 6, .c = 3, .p = 4, .q = 3, .r = 3, .s = 3};
      p.stride_h = p.stride_w = 2;
      p.pad_top = p.pad_left = p.pad_bottom = p.pad_right = 1;
      p.count_padding = counted;
      p.saves_places = kind == PoolKind::max;
      // Normal numbers differ by more than the step: no kinks.
      const HostTensor x = normals({2, 7, 6, 3}, 1), dy = normals({2, 4, 3, 3}, 2);
      OpCase<PoolForward> forward{p, {{&F::x, x}}, {}, {{&F::y, zeros(dy.shape)}}, {}, {}, {}, {}};
      OpCase<PoolBackward> back{p, {{&B::dy, dy}}, {}, {{&B::dx, zeros(x.shape)}}, {}, {}, {}, {}};
      if (p.saves_places) {
        forward.outputs.push_back({&F::places, of_type(zeros(dy.shape), DType::uint8)});
        back.inputs.push_back(
            {&B::places, of_type({dy.shape, run_reference(forward).tensors[1]}, DType::uint8)});
      }
      check_gradient(
          x, run_reference(back).tensors[0],
          [&](const HostTensor& v) { return loss_with(forward, &F::x, v, dy.values); }, text("pool ", p));
    }
}

TEST_CASE("gradients: batch norm in both modes") {
  using F = BatchNormForward::Args;
  using B = BatchNormBackward::Args;
  for (bool batch : {false, true}) {
    const BatchNormProblem p{.rows = 13, .c = 4, .batch_statistics = batch};
    const HostTensor x = normals({13, 4}, 1, 2, 3), dy = normals({13, 4}, 2), scale = normals({4}, 3, 1, 0.2);
    const HostTensor shift = normals({4}, 4), mean = normals({4}, 5),
                     variance = absolute(normals({4}, 6, 2, 0.4));
    OpCase<BatchNormForward> forward{p,
                                     {{&F::x, x}, {&F::scale, scale}, {&F::shift, shift}},
                                     {{&F::running_mean, mean}, {&F::running_variance, variance}},
                                     {{&F::y, zeros(x.shape)}},
                                     {},
                                     {},
                                     {},
                                     {}};
    OpCase<BatchNormBackward> back{
        p,
        {{&B::x, x},
         {&B::dy, dy},
         {&B::scale, scale},
         {&B::running_mean, mean},
         {&B::running_variance, variance}},
        {},
        {{&B::dx, zeros(x.shape)}, {&B::dscale, zeros({4})}, {&B::dshift, zeros({4})}},
        {},
        {},
        {},
        {}};
    if (batch) {
      forward.outputs.push_back({&F::mean, zeros({4})});
      forward.outputs.push_back({&F::inverse_deviation, zeros({4})});
      const auto saved = run_reference(forward).tensors;
      back.inputs.push_back({&B::mean, {{4}, saved[1]}});
      back.inputs.push_back({&B::inverse_deviation, {{4}, saved[2]}});
    }
    const auto loss = [&](auto member) {
      return [&, member](const HostTensor& v) { return loss_with(forward, member, v, dy.values); };
    };
    const auto gradients = run_reference(back).tensors;
    check_gradient(x, gradients[0], loss(&F::x), text("dx ", p));
    check_gradient(scale, gradients[1], loss(&F::scale), text("dscale ", p));
    check_gradient(shift, gradients[2], loss(&F::shift), text("dshift ", p));
  }
}

TEST_CASE("gradients: activations away from their kinks") {
  using F = ActivationForward::Args;
  using B = ActivationBackward::Args;
  for (Activation kind : std::initializer_list<Activation>{
           Activation::none, Activation::relu, Activation::relu6, Activation::sigmoid, Activation::silu,
           Activation::hard_sigmoid, Activation::hard_swish, Activation::gelu,
           Activation(Activation::leaky_relu, 0.1f)}) {
    const ActivationProblem p{1, 4, 4, 5, kind};
    HostTensor x = normals({1, 4, 4, 5}, 1, kind == Activation::relu6 ? 3 : 0, 4);
    for (double& v : x.values)
      for (double kink : {-3.0, 0.0, 3.0, 6.0})
        if (std::fabs(v - kink) < 1e-3) v += 0.01;
    const HostTensor dy = normals(x.shape, 2);
    const OpCase<ActivationForward> forward{p, {{&F::x, x}}, {}, {{&F::y, zeros(x.shape)}}, {}, {}, {}, {}};
    const HostTensor y{x.shape, run_reference(forward).tensors[0]};
    const OpCase<ActivationBackward> back{
        p,  {{gradient_reads_input(kind) ? &B::x : &B::y, gradient_reads_input(kind) ? x : y}, {&B::dy, dy}},
        {}, {{&B::dx, zeros(x.shape)}},
        {}, {},
        {}, {}};
    check_gradient(
        x, run_reference(back).tensors[0],
        [&](const HostTensor& v) { return loss_with(forward, &F::x, v, dy.values); }, text(p));
  }
}

// Add passes dy to both operands as it is, so there is no backward op to call.
TEST_CASE("gradients: add") {
  using A = Add::Args;
  const HostTensor a = normals({37}, 1), b = normals({37}, 2), dy = normals({37}, 3);
  const OpCase<Add> test{{37}, {{&A::a, a}, {&A::b, b}}, {}, {{&A::y, zeros({37})}}, {}, {}, {}, {}};
  for (auto member : {&A::a, &A::b})
    check_gradient(
        member == &A::a ? a : b, dy.values,
        [&](const HostTensor& v) { return loss_with(test, member, v, dy.values); }, "add");
}

TEST_CASE("gradients: multiply, by element and by channel") {
  using F = MultiplyForward::Args;
  using B = MultiplyBackward::Args;
  for (bool broadcast : {false, true}) {
    const MultiplyProblem p{.n = 2, .pixels = 11, .c = 5, .broadcast = broadcast};
    const HostTensor a = normals({p.count()}, 1), b = normals({p.b_count()}, 2), dy = normals({p.count()}, 3);
    const OpCase<MultiplyForward> forward{
        p, {{&F::a, a}, {&F::b, b}}, {}, {{&F::y, zeros(dy.shape)}}, {}, {}, {}, {}};
    const OpCase<MultiplyBackward> back{p,  {{&B::a, a}, {&B::b, b}, {&B::dy, dy}},
                                        {}, {{&B::da, zeros(a.shape)}, {&B::db, zeros(b.shape)}},
                                        {}, {},
                                        {}, {}};
    const auto gradients = run_reference(back).tensors;
    const auto loss = [&](auto member) {
      return [&, member](const HostTensor& v) { return loss_with(forward, member, v, dy.values); };
    };
    check_gradient(a, gradients[0], loss(&F::a), text("multiply da ", p));
    check_gradient(b, gradients[1], loss(&F::b), text("multiply db ", p));
  }
}

TEST_CASE("gradients: softmax cross-entropy with smoothing and class weights") {
  using A = SoftmaxCrossEntropy::Args;
  for (double smoothing : {0.0, 0.1})
    for (bool weighted : {false, true}) {
      const SoftmaxCrossEntropyProblem p{5, 7, smoothing, weighted};
      const HostTensor logits = normals({5, 7}, 1, 0, 2), weights = absolute(normals({7}, 2, 1, 0.3));
      const HostTensor labels{{5}, {0, 6, 3, 3, 1}, DType::int32};
      const OpCase<SoftmaxCrossEntropy> test{
          p,  {{&A::logits, logits}, {&A::labels, labels}, {&A::class_weights, weights}},
          {}, {{&A::losses, zeros({5})}, {&A::dlogits, zeros({5, 7})}},
          {}, {},
          {}, {}};
      const std::vector<double> ones(5, 1.0);
      check_gradient(
          logits, run_reference(test).tensors[1],
          [&](const HostTensor& v) { return loss_with(test, &A::logits, v, ones); }, text(p));
    }
}

}  // namespace
}  // namespace graft::test
