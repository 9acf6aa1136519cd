#include "kernels/batch_norm_fold/batch_norm_fold.h"

#include "support/gradient_check.h"

namespace graft::test {
namespace {

using F = BatchNormFoldForward::Args;
using B = BatchNormFoldBackward::Args;

constexpr std::pair<int64_t, int64_t> sizes[] = {{1, 1}, {3, 9}, {40, 27}, {9, 64}, {70, 1000}};

// Of a convolution and the norm behind it; the gradients of what they fold to.
struct FoldData {
  HostTensor w, bias, scale, shift, mean, variance, dfolded_w, dfolded_bias;

  explicit FoldData(const BatchNormFoldProblem& p)
      : w(normals({p.outputs, p.per_output}, 1)),
        bias(normals({p.outputs}, 2)),
        scale(normals({p.outputs}, 3, 0, 1)),
        shift(normals({p.outputs}, 4)),
        mean(normals({p.outputs}, 5, 1, 2)),
        variance(absolute(normals({p.outputs}, 6, 2, 0.5))),
        dfolded_w(normals(w.shape, 7)),
        dfolded_bias(normals({p.outputs}, 8)) {
    scale.values[0] = 0;  // a channel that was pruned still has a gradient
  }

  OpCase<BatchNormFoldForward> forward(const BatchNormFoldProblem& p) const {
    OpCase<BatchNormFoldForward> test{
        p,  {{&F::w, w}, {&F::scale, scale}, {&F::shift, shift}, {&F::mean, mean}, {&F::variance, variance}},
        {}, {{&F::folded_w, zeros(w.shape)}, {&F::folded_bias, zeros(bias.shape)}},
        {}, {},
        {}, {}};
    if (p.bias) test.inputs.push_back({&F::bias, bias});
    return test;
  }

  // Its tensors: dscale and dbias where there are any, then dw.
  OpCase<BatchNormFoldBackward> backward(const BatchNormFoldProblem& p) const {
    OpCase<BatchNormFoldBackward> test{
        p, {{&B::scale, scale}, {&B::variance, variance}}, {{&B::dw, dfolded_w}}, {}, {}, {}, {}, {}};
    if (p.wants_dscale) {
      for (const auto& input : {std::pair{&B::w, w}, {&B::mean, mean}}) test.inputs.push_back(input);
      if (p.bias) test.inputs.push_back({&B::bias, bias});
      test.outputs.push_back({&B::dscale, zeros(scale.shape)});
    }
    if (p.bias) test.outputs.push_back({&B::dbias, zeros(bias.shape)});
    if (p.bias || p.wants_dscale) test.inputs.push_back({&B::dfolded_bias, dfolded_bias});
    return test;
  }
};

TEST_CASE("batch norm fold: every implementation against the formula in double") {
  int runs = 0;
  for (const auto& [outputs, per_output] : sizes)
    for (const bool has_bias : {false, true}) {
      const BatchNormFoldProblem p{outputs, per_output, 1e-3, has_bias};
      const FoldData d(p);
      std::vector<double> w = d.w.values, bias(outputs);
      for (int64_t k = 0; k < outputs; ++k) {
        const double gain = d.scale.values[k] / std::sqrt(d.variance.values[k] + 1e-3);
        for (int64_t i = 0; i < per_output; ++i) w[k * per_output + i] *= gain;
        bias[k] = ((has_bias ? d.bias.values[k] : 0) - d.mean.values[k]) * gain + d.shift.values[k];
      }
      runs += for_each_implementation<BatchNormFoldForward>(p, [&](const auto& entry, Device& device) {
        const auto got = run_op(entry, device, d.forward(p)).tensors;
        if (outputs > 1) CHECK_MESSAGE(normalised_error(got[0], w) <= 1e-12, name_run(entry, device, p));
        CHECK_MESSAGE(normalised_error(got[1], bias) <= 1e-12, name_run(entry, device, p));
      });
    }
  CHECK(runs >= 5 * 2 * 3);
}

TEST_CASE("batch norm fold: the gradients are those of differences, of a channel that is zero too") {
  for (const bool has_bias : {false, true}) {
    const BatchNormFoldProblem p{5, 12, 1e-3, has_bias};
    const FoldData d(p);
    const auto found = run_reference(d.backward(p)).tensors;
    const auto loss = [&](auto member) {
      return [&, member](const HostTensor& value) {
        auto test = d.forward(p);
        for (auto& [name, tensor] : test.inputs)
          if (name == member) tensor = value;
        const auto folded = run_reference(test).tensors;
        return dot(folded[0], d.dfolded_w.values) + dot(folded[1], d.dfolded_bias.values);
      };
    };
    check_gradient(d.scale, found[0], loss(&F::scale), text("dscale ", p));
    if (has_bias) check_gradient(d.bias, found[1], loss(&F::bias), text("dbias ", p));
    check_gradient(d.w, found.back(), loss(&F::w), text("dw ", p));
  }
}

TEST_CASE("batch norm fold: every implementation's gradients against the reference in double") {
  int runs = 0;
  for (const auto& [outputs, per_output] : sizes)
    for (const int wanted : {0, 1, 2, 3}) {
      const BatchNormFoldProblem p{outputs, per_output, 1e-3, (wanted & 1) != 0, (wanted & 2) != 0};
      const FoldData d(p);
      const auto expected = run_reference(d.backward(p)).tensors;
      runs += for_each_implementation<BatchNormFoldBackward>(p, [&](const auto& entry, Device& device) {
        const auto got = run_op(entry, device, d.backward(p)).tensors;
        REQUIRE(got.size() == expected.size());
        for (size_t i = 0; i < got.size(); ++i) {
          double size = 0;
          for (const double value : expected[i]) size += value * value;
          if (size == 0) continue;  // of one channel whose scale is 0
          CHECK_MESSAGE(normalised_error(got[i], expected[i]) <= 1e-11, name_run(entry, device, p), " [", i,
                        "]");
        }
      });
    }
  CHECK(runs >= 5 * 4 * 3);
}

// The gradient of a folded bias of a convolution with a bias of its own, whose norm is frozen, lies where the
// bias's own gradient belongs.
TEST_CASE("batch norm fold: dbias may take the folded bias's place") {
  const BatchNormFoldProblem p{40, 27, 1e-3, true, false};
  const FoldData d(p);
  const auto expected = run_reference(d.backward(p)).tensors;
  auto in_place = d.backward(p);
  in_place.inputs.pop_back();
  in_place.outputs.clear();
  in_place.updates.insert(in_place.updates.begin(), {&B::dbias, d.dfolded_bias});
  in_place.shared = {{&B::dfolded_bias, &B::dbias}};
  const int runs = for_each_implementation<BatchNormFoldBackward>(p, [&](const auto& entry, Device& device) {
    const auto got = run_op(entry, device, in_place).tensors;
    CHECK_MESSAGE(normalised_error(got[0], expected[0]) <= 1e-12, name_run(entry, device, p));
  });
  CHECK(runs >= 3);
}

}  // namespace
}  // namespace graft::test
