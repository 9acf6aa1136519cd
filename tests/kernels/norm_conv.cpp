#include "kernels/norm_conv/norm_conv.h"

#include <algorithm>

#include "kernels/conv_cases.h"
#include "support/gradient_check.h"

namespace graft::test {
namespace {

struct NormConvData {
  HostTensor x, dy, scale, shift, mean, variance, w;
};

// So that about a third of what is normed lies below 0, and a third beyond 6.
NormConvData draw(const NormConvProblem& p) {
  const HostTensor channels = zeros({p.conv.c});
  return {normals(x_shape(p.conv), 1, 0.5, 2), normals(y_shape(p.conv), 2),
          normals(channels.shape, 3, 6, 1),    normals(channels.shape, 4, 3, 1),
          normals(channels.shape, 5),          absolute(normals(channels.shape, 6, 2, 0.5)),
          normals(w_shape(p.conv), 7)};
}

NormConvProblem problem(const ConvProblem& conv, Activation activation = Activation::relu6) {
  return {.conv = conv, .activation = activation};
}

OpCase<NormConvForward> forward_case(const NormConvProblem& p, const NormConvData& d) {
  using A = NormConvForward::Args;
  return {p,
          {{&A::x, d.x}, {&A::scale, d.scale}, {&A::shift, d.shift}, {&A::w, d.w}},
          {{&A::running_mean, d.mean}, {&A::running_variance, d.variance}},
          {{&A::y, zeros(d.dy.shape)},
           {&A::mean, zeros(d.mean.shape)},
           {&A::inverse_deviation, zeros(d.mean.shape)}},
          {},
          {},
          {},
          {}};
}

OpCase<NormConvBackward> backward_case(const NormConvProblem& p, const NormConvData& d) {
  using A = NormConvBackward::Args;
  const auto forward = run_reference(forward_case(p, d)).tensors;
  OpCase<NormConvBackward> test{
      {p},
      {{&A::x, d.x},
       {&A::dy, d.dy},
       {&A::scale, d.scale},
       {&A::shift, d.shift},
       {&A::mean, {d.mean.shape, forward[1]}},
       {&A::inverse_deviation, {d.mean.shape, forward[2]}},
       {&A::w, d.w}},
      {},
      {{&A::dw, zeros(d.w.shape)}, {&A::dscale, zeros(d.scale.shape)}, {&A::dshift, zeros(d.scale.shape)}},
      {},
      {},
      {},
      {}};
  if (p.wants_dx) test.outputs.push_back({&A::dx, zeros(d.x.shape)});
  return test;
}

std::vector<NormConvProblem> problems() {
  ConvProblem same = square_conv(2, 12, 48, 48, 3, 2, 0, 48), five = square_conv(2, 14, 32, 32, 5, 2, 1, 32);
  same.pad_bottom = same.pad_right = 1;  // TensorFlow's SAME: more behind than before
  five.pad_bottom = five.pad_right = 2;
  ConvProblem oblong = square_conv(19, 6, 16, 16, 3, 1, 1, 16);
  oblong.w = 23;
  ConvProblem unpadded = square_conv(1, 9, 80, 80, 3, 1, 0, 80);
  std::vector<NormConvProblem> list{
      problem(square_conv(2, 7, 16, 16, 3, 1, 1, 16)),
      problem(square_conv(3, 16, 96, 96, 3, 2, 1, 96), Activation::relu),
      problem(square_conv(2, 28, 32, 32, 5, 1, 2, 32)),
      problem(square_conv(1, 15, 48, 48, 5, 2, 2, 48), Activation::none),
      problem(same),
      problem(five),
      problem(oblong, Activation::none),
      problem(unpadded),
      problem(square_conv(2, 3, 16, 16, 5, 1, 2, 16)),
      problem(square_conv(2, 9, 5, 5, 3, 1, 1, 5)),  // for the reference alone
      problem(square_conv(2, 9, 16, 8, 3, 1, 1)),    // for it too
      problem(square_conv(2, 7, 16, 4, 1)),
      problem(square_conv(3, 13, 48, 16, 1), Activation::relu),
      problem(square_conv(2, 14, 144, 24, 1)),
      problem(square_conv(1, 17, 240, 40, 1), Activation::none),
      problem(square_conv(1, 5, 96, 32, 1)),
      problem(square_conv(6, 56, 240, 20, 1)),
      problem(square_conv(2, 60, 640, 640, 3, 1, 1, 640)),  // more than the caches hold, in groups of rows
  };
  list.push_back(list[0]);
  list.back().wants_dx = false;
  return list;
}

TEST_CASE("norm and convolution: the reference is one after the other") {
  using N = BatchNormForward::Args;
  using C = ConvForward::Args;
  const NormConvProblem p = problem(square_conv(2, 6, 4, 4, 3, 1, 1, 4));
  const NormConvData d = draw(p);
  BatchNormProblem norm = p.norm();
  norm.activation = p.activation;
  const auto normed =
      run_reference(OpCase<BatchNormForward>{norm,
                                             {{&N::x, d.x}, {&N::scale, d.scale}, {&N::shift, d.shift}},
                                             {{&N::running_mean, d.mean}, {&N::running_variance, d.variance}},
                                             {{&N::y, zeros(d.x.shape)},
                                              {&N::mean, zeros(d.mean.shape)},
                                              {&N::inverse_deviation, zeros(d.mean.shape)}},
                                             {},
                                             {},
                                             {},
                                             {}})
          .tensors;
  const auto share = [&](auto passes) {
    return static_cast<double>(std::ranges::count_if(normed[0], passes)) /
           static_cast<double>(normed[0].size());
  };
  CHECK(share([](double value) { return value == 0; }) > 0.2);
  CHECK(share([](double value) { return value == 6; }) > 0.2);
  const auto y = run_reference(OpCase<ConvForward>{p.conv,
                                                   {{&C::x, {d.x.shape, normed[0]}}, {&C::w, d.w}},
                                                   {},
                                                   {{&C::y, zeros(d.dy.shape)}},
                                                   {},
                                                   {},
                                                   {},
                                                   {}})
                     .tensors[0];
  const auto got = run_reference(forward_case(p, d)).tensors;
  CHECK(got[0] == y);
  for (int i = 1; i < 5; ++i) CHECK(got[i] == normed[i]);
}

TEST_CASE("norm and convolution: every gradient of the reference is that of differences") {
  using F = NormConvForward::Args;
  for (const ConvProblem& conv : {square_conv(2, 6, 4, 4, 3, 1, 1, 4), square_conv(2, 7, 3, 3, 5, 2, 2, 3),
                                  square_conv(2, 5, 6, 4, 1)}) {
    const NormConvProblem p = problem(conv);
    const NormConvData d = draw(p);
    const auto forward = forward_case(p, d);
    const auto gradients = run_reference(backward_case(p, d)).tensors;  // dw, dscale, dshift, dx
    const auto check = [&](const HostTensor& at, auto member, int which, const char* name) {
      const auto loss = [&](const HostTensor& v) { return loss_with(forward, member, v, d.dy.values); };
      check_gradient(at, gradients[which], loss, text("norm and convolution, ", name, ", ", p));
    };
    check(d.w, &F::w, 0, "dw");
    check(d.scale, &F::scale, 1, "dscale");
    check(d.shift, &F::shift, 2, "dshift");
    check(d.x, &F::x, 3, "dx");
  }
}

TEST_CASE("norm and convolution: every implementation against the double reference") {
  int runs = 0;
  const auto check = [&]<class Op>(const OpCase<Op>& test) {
    const auto truth = run_reference(test).tensors;
    runs += for_each_implementation<Op>(test.problem, [&](const auto& entry, Device& device) {
      const auto got = run_op(entry, device, test).tensors;
      for (size_t i = 0; i < got.size(); ++i) {
        check_mostly_nonzero(truth[i], name_run(entry, device, test.problem));
        CHECK_MESSAGE(normalised_error(got[i], truth[i]) <= 1e-11, name_run(entry, device, test.problem),
                      " [", i, "]");
      }
    });
  };
  for (const NormConvProblem& p : problems()) {
    const NormConvData d = draw(p);
    check(forward_case(p, d));
    check(backward_case(p, d));
  }
  CHECK(runs == 2 * (19 + 17));
}

}  // namespace
}  // namespace graft::test
