#include <array>

#include "kernels/channel_scale/channel_scale.h"
#include "kernels/channel_shuffle/channel_shuffle.h"
#include "kernels/elementwise/slice_gradient.h"
#include "kernels/prelu/prelu.h"
#include "kernels/upsample/upsample.h"
#include "support/compare.h"

namespace graft::test {
namespace {

constexpr std::array<int64_t, 2> row_sizes[] = {{1, 1}, {7, 3}, {130, 20}, {1100, 64}, {37, 133}};

// What each implementation makes of the case, which has one output.
template <class Op>
int check_exact(const OpCase<Op>& test, const std::vector<double>& expected) {
  return for_each_implementation<Op>(test.problem, [&](const auto& entry, Device& device) {
    check_equal(run_op(entry, device, test).tensors[0], expected, name_run(entry, device, test.problem));
  });
}

TEST_CASE("channel scale: exact on every device, with and without bias, in place too") {
  using A = ChannelScaleForward::Args;
  int runs = 0;
  for (const auto& [rows, c] : row_sizes)
    for (const bool bias : {false, true}) {
      const ChannelScaleProblem p{.rows = rows, .c = c, .bias = bias};
      const HostTensor x = integers({rows, c}, 9, 1), scale = integers({c}, 5, 2),
                       shift = integers({c}, 5, 3);
      std::vector<double> y = x.values;
      for (size_t i = 0; i < y.size(); ++i) {
        const size_t k = i % static_cast<size_t>(c);
        y[i] = y[i] * scale.values[k] + (bias ? shift.values[k] : 0);
      }
      OpCase<ChannelScaleForward> apart{
          p, {{&A::scale, scale}, {&A::x, x}}, {}, {{&A::y, zeros(x.shape)}}, {}, {}, {}, {}};
      if (bias) apart.inputs.push_back({&A::bias, shift});
      OpCase<ChannelScaleForward> in_place = apart;
      in_place.inputs.erase(in_place.inputs.begin() + 1);
      in_place.outputs.clear();
      in_place.updates = {{&A::y, x}};
      in_place.shared = {{&A::x, &A::y}};
      runs += for_each_implementation<ChannelScaleForward>(p, [&](const auto& entry, Device& device) {
        for (const auto* test : {&apart, &in_place}) {
          const auto got = run_op(entry, device, *test).tensors[0];
          check_equal(got, y, name_run(entry, device, p), Zeros::allowed);
        }
      });
    }
  CHECK(runs >= 5 * 2 * 3);
}

TEST_CASE("channel scale: all gradients, each alone, and dx in dy's place") {
  using A = ChannelScaleBackward::Args;
  int runs = 0;
  for (const auto& [rows, c] : row_sizes)
    for (const int wanted : {1, 2, 3}) {
      const ChannelScaleProblem p{.rows = rows,
                                  .c = c,
                                  .bias = rows != 7,
                                  .wants_dx = (wanted & 1) != 0,
                                  .wants_dscale = (wanted & 2) != 0};
      const HostTensor x = integers({rows, c}, 4, 1), scale = integers({c}, 4, 2),
                       dy = integers(x.shape, 4, 3);
      std::vector<double> dx = dy.values, dscale(c), dbias(c);
      for (size_t i = 0; i < dx.size(); ++i) {
        const size_t k = i % static_cast<size_t>(c);
        dx[i] *= scale.values[k];
        dscale[k] += dy.values[i] * x.values[i];
        dbias[k] += dy.values[i];
      }
      OpCase<ChannelScaleBackward> test{p, {{&A::dy, dy}}, {}, {}, {}, {}, {}, {}};
      if (p.wants_dx) test.inputs.push_back({&A::scale, scale});
      if (p.wants_dscale) test.inputs.push_back({&A::x, x});
      if (p.wants_dscale) test.outputs.push_back({&A::dscale, zeros({c})});
      if (p.wants_dscale && p.bias) test.outputs.push_back({&A::dbias, zeros({c})});
      OpCase<ChannelScaleBackward> in_place = test;
      in_place.inputs.erase(in_place.inputs.begin());
      in_place.updates = {{&A::dx, dy}};
      in_place.shared = {{&A::dy, &A::dx}};
      if (p.wants_dx) test.outputs.push_back({&A::dx, zeros(x.shape)});
      runs += for_each_implementation<ChannelScaleBackward>(p, [&](const auto& entry, Device& device) {
        const std::string name = name_run(entry, device, p);
        for (const auto* each : {&test, &in_place}) {
          if (each == &in_place && !p.wants_dx) continue;
          const auto got = run_op(entry, device, *each).tensors;
          if (p.wants_dx) check_equal(got.back(), dx, name);
          if (p.wants_dscale) check_equal(got[0], dscale, name, Zeros::allowed);
          if (p.wants_dscale && p.bias) check_equal(got[1], dbias, name, Zeros::allowed);
        }
      });
    }
  CHECK(runs >= 5 * 3 * 3);
}

TEST_CASE("prelu: exact on every device, slopes of both signs, at zero too, in place too") {
  using F = PreluForward::Args;
  using B = PreluBackward::Args;
  int runs = 0;
  for (const auto& [rows, c] : row_sizes) {
    const PreluProblem p{.rows = rows, .c = c};
    HostTensor x = integers({rows, c}, 4, 1);
    for (size_t i = 0; i < x.values.size(); i += 7) x.values[i] = 0;
    const HostTensor slope = integers({c}, 3, 2), dy = integers(x.shape, 4, 3);
    std::vector<double> y = x.values, dx = dy.values, dslope(c);
    for (size_t i = 0; i < y.size(); ++i) {
      const size_t k = i % static_cast<size_t>(c);
      if (x.values[i] > 0) continue;
      y[i] *= slope.values[k];
      dx[i] *= slope.values[k];
      dslope[k] += dy.values[i] * x.values[i];
    }
    const OpCase<PreluForward> apart{
        p, {{&F::x, x}, {&F::slope, slope}}, {}, {{&F::y, zeros(x.shape)}}, {}, {}, {}, {}};
    const OpCase<PreluForward> in_place{p, {{&F::slope, slope}}, {{&F::y, x}}, {}, {{&F::x, &F::y}}, {}, {},
                                        {}};
    runs += for_each_implementation<PreluForward>(p, [&](const auto& entry, Device& device) {
      for (const auto* test : {&apart, &in_place})
        check_equal(run_op(entry, device, *test).tensors[0], y, name_run(entry, device, p), Zeros::allowed);
    });
    for (const int wanted : {1, 2, 3}) {
      PreluProblem q = p;
      q.wants_dx = (wanted & 1) != 0;
      q.wants_dslope = (wanted & 2) != 0;
      OpCase<PreluBackward> back{q, {{&B::dy, dy}, {&B::x, x}, {&B::slope, slope}}, {}, {}, {}, {}, {}, {}};
      if (q.wants_dslope) back.outputs.push_back({&B::dslope, zeros({c})});
      OpCase<PreluBackward> there = back;
      there.inputs.erase(there.inputs.begin());
      there.updates = {{&B::dx, dy}};
      there.shared = {{&B::dy, &B::dx}};
      if (q.wants_dx) back.outputs.push_back({&B::dx, zeros(x.shape)});
      runs += for_each_implementation<PreluBackward>(q, [&](const auto& entry, Device& device) {
        const std::string name = name_run(entry, device, q);
        for (const auto* test : {&back, &there}) {
          if (test == &there && !q.wants_dx) continue;
          const auto got = run_op(entry, device, *test).tensors;
          if (q.wants_dx) check_equal(got.back(), dx, name, Zeros::allowed);
          if (q.wants_dslope) check_equal(got[0], dslope, name, Zeros::allowed);
        }
      });
    }
  }
  CHECK(runs >= 5 * 4 * 3);
}

TEST_CASE("channel shuffle: groups take turns, and a shuffle of as many as a group has undoes it") {
  using A = ChannelShuffle::Args;
  int runs = 0;
  for (const auto& [rows, c, groups] : {std::array<int64_t, 3>{1, 1, 1},
                                        {5, 6, 2},
                                        {70, 116, 2},
                                        {9, 24, 3},
                                        {300, 48, 8},
                                        {3, 21, 7},
                                        {2, 10, 10}}) {
    const HostTensor x = integers({1, 1, rows, c}, 1000, 1);
    std::vector<double> y;
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t k = 0; k < c / groups; ++k)
        for (int64_t g = 0; g < groups; ++g) y.push_back(x.values[row * c + g * (c / groups) + k]);
    runs += check_exact<ChannelShuffle>(
        {{rows, c, groups}, {{&A::x, x}}, {}, {{&A::y, zeros(x.shape)}}, {}, {}, {}, {}}, y);
    runs += check_exact<ChannelShuffle>(
        {{rows, c, c / groups}, {{&A::x, {x.shape, y}}}, {}, {{&A::y, zeros(x.shape)}}, {}, {}, {}, {}},
        x.values);
  }
  CHECK(runs >= 7 * 2 * 3);
}

TEST_CASE("slice gradient: the slice is copied, the other channels are 0") {
  using A = SliceGradient::Args;
  int runs = 0;
  for (const auto& [rows, c, first, count] : {std::array<int64_t, 4>{1, 1, 0, 1},
                                              {5, 6, 2, 3},
                                              {70, 116, 0, 58},
                                              {70, 116, 56, 60},
                                              {33, 40, 39, 1}}) {
    const HostTensor dy = integers({1, 1, rows, count}, 9, 1);
    std::vector<double> dx(static_cast<size_t>(rows * c));
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t k = 0; k < count; ++k) dx[row * c + first + k] = dy.values[row * count + k];
    const OpCase<SliceGradient> test{
        {rows, c, first, count}, {{&A::dy, dy}}, {}, {{&A::dx, zeros({1, 1, rows, c})}}, {}, {}, {}, {}};
    runs += for_each_implementation<SliceGradient>(test.problem, [&](const auto& entry, Device& device) {
      check_equal(run_op(entry, device, test).tensors[0], dx, name_run(entry, device, test.problem),
                  Zeros::allowed);
    });
  }
  CHECK(runs >= 5 * 3);
}

TEST_CASE("upsample: every pixel becomes a square, and gets its square's gradients") {
  using F = UpsampleForward::Args;
  using B = UpsampleBackward::Args;
  int runs = 0;
  for (const UpsampleProblem& p :
       {UpsampleProblem{1, 1, 1, 1, 1}, {2, 3, 5, 7, 2}, {1, 4, 3, 12, 3}, {3, 5, 5, 64, 2}}) {
    const HostTensor x = integers({p.n, p.h, p.w, p.c}, 99, 1);
    const HostTensor dy = integers({p.n, p.h * p.factor, p.w * p.factor, p.c}, 9, 2);
    std::vector<double> y(dy.values.size()), dx(x.values.size());
    for (int64_t i = 0; i < dy.shape.count(); ++i) {
      const int64_t k = i % p.c, column = i / p.c % (p.w * p.factor), row = i / p.c / (p.w * p.factor);
      const int64_t from = (row / p.factor * p.w + column / p.factor) * p.c + k;
      y[i] = x.values[from];
      dx[from] += dy.values[i];
    }
    runs +=
        check_exact<UpsampleForward>({p, {{&F::x, x}}, {}, {{&F::y, zeros(dy.shape)}}, {}, {}, {}, {}}, y);
    const OpCase<UpsampleBackward> back{p, {{&B::dy, dy}}, {}, {{&B::dx, zeros(x.shape)}}, {}, {}, {}, {}};
    runs += for_each_implementation<UpsampleBackward>(p, [&](const auto& entry, Device& device) {
      check_equal(run_op(entry, device, back).tensors[0], dx, name_run(entry, device, p), Zeros::allowed);
    });
  }
  CHECK(runs >= 4 * 2 * 3);
}

}  // namespace
}  // namespace graft::test
