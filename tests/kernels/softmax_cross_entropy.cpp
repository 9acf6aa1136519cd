#include "kernels/softmax_cross_entropy/softmax_cross_entropy.h"

#include "support/compare.h"

namespace graft::test {
namespace {

OpCase<SoftmaxCrossEntropy> loss_case(const SoftmaxCrossEntropyProblem& p) {
  using A = SoftmaxCrossEntropy::Args;
  HostTensor labels = of_type(zeros({p.n}), DType::int32);
  for (int64_t n = 0; n < p.n; ++n) labels.values[n] = double(n * 7 % p.classes);
  OpCase<SoftmaxCrossEntropy> test{
      p,  {{&A::logits, normals({p.n, p.classes}, 1, 0, 3)}, {&A::labels, labels}},
      {}, {{&A::losses, zeros({p.n})}},
      {}, {},
      {}, {}};
  if (p.weighted) test.inputs.push_back({&A::class_weights, absolute(normals({p.classes}, 2, 1, 0.2))});
  if (p.wants_gradient) test.outputs.push_back({&A::dlogits, zeros({p.n, p.classes})});
  return test;
}

std::vector<SoftmaxCrossEntropyProblem> loss_problems() {
  return {{1, 2}, {7, 10, 0.1}, {32, 1000, 0, true}, {5, 37, 0.2, true}, {3, 4, 0, false, false}};
}

TEST_CASE("softmax cross-entropy: the losses are what the formula says") {
  for (const auto& p : loss_problems()) {
    const auto test = loss_case(p);
    const auto& logits = test.inputs[0].second.values;
    const auto& labels = test.inputs[1].second.values;
    const auto weight = [&](int64_t c) { return p.weighted ? test.inputs[2].second.values[c] : 1.0; };
    double total = 0;
    for (double label : labels) total += weight(int64_t(label));
    const auto losses = run_reference(test).tensors[0];
    for (int64_t n = 0; n < p.n; ++n) {
      double sum = 0, loss = 0;
      for (int64_t c = 0; c < p.classes; ++c) sum += std::exp(logits[n * p.classes + c]);
      for (int64_t c = 0; c < p.classes; ++c) {
        const double target =
            (c == int64_t(labels[n]) ? 1 - p.smoothing : 0) + p.smoothing / double(p.classes);
        loss -= target * weight(c) * std::log(std::exp(logits[n * p.classes + c]) / sum) / total;
      }
      CHECK(losses[n] == doctest::Approx(loss).epsilon(1e-12));
    }
  }
}

TEST_CASE("softmax cross-entropy: every implementation against the double reference") {
  int runs = 0;
  for (const auto& p : loss_problems()) {
    const auto test = loss_case(p);
    const auto truth = run_reference(test).tensors;
    runs += for_each_implementation<SoftmaxCrossEntropy>(p, [&](const auto& entry, Device& device) {
      const auto got = run_op(entry, device, test).tensors;
      for (size_t i = 0; i < got.size(); ++i) {
        check_mostly_nonzero(truth[i], name_run(entry, device, p));
        CHECK_MESSAGE(normalised_error(got[i], truth[i]) <= 1e-11, name_run(entry, device, p), " [", i, "]");
      }
    });
  }
  CHECK(runs >= 5 * 2);
}

TEST_CASE("softmax cross-entropy: large logits do not overflow") {
  auto test = loss_case({2, 3});
  test.inputs[0].second.values = {1000, 0, -1000, -500, 500, 500};
  const int runs =
      for_each_implementation<SoftmaxCrossEntropy>(test.problem, [&](const auto& entry, Device& device) {
        const auto got = run_op(entry, device, test).tensors;  // labels 0 and 1
        CHECK(got[0][0] == doctest::Approx(0).epsilon(1e-6));
        CHECK(got[0][1] == doctest::Approx(std::log(2.0) / 2).epsilon(1e-6));
        CHECK(got[1][4] == doctest::Approx(-0.25).epsilon(1e-6));
      });
  CHECK(runs >= 2);
}

TEST_CASE("softmax cross-entropy: a label outside the classes is refused by the reference") {
  for (double label : {-1.0, 3.0}) {
    auto test = loss_case({2, 3});
    test.inputs[1].second.values[1] = label;
    CHECK_THROWS_AS(run_reference(test), Error);
  }
}

}  // namespace
}  // namespace graft::test
