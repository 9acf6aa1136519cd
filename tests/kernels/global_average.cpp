#include "kernels/global_average/global_average.h"

#include "support/compare.h"

namespace graft::test {
namespace {

using F = GlobalAverageForward::Args;
using B = GlobalAverageBackward::Args;

// Bytes that are full and that are not, blocks of channels too.
std::vector<GlobalAverageProblem> problems() {
  std::vector<GlobalAverageProblem> all;
  for (const Activation kind : std::initializer_list<Activation>{
           Activation::relu, Activation::relu6, {Activation::leaky_relu, 0.25f}})
    for (const bool dbias : {false, true})
      for (const Shape& s : {Shape{1, 1, 1, 1}, {2, 7, 7, 3}, {3, 4, 4, 300}, {5, 13, 2, 36}, {4, 1, 9, 512}})
        all.push_back({s.n(), s.h(), s.w(), s.c(), kind, DType::float32, dbias});
  return all;
}

// Values on both sides of the kinks, and on them.
HostTensor outputs_of(const GlobalAverageProblem& p) {
  HostTensor x = integers({p.n, p.h, p.w, p.c}, 9, 1);
  for (size_t i = 0; i < x.values.size(); i += 7) x.values[i] = 0;
  for (double& value : x.values)
    value = p.activation.kind == Activation::relu6        ? std::clamp(value, 0.0, 6.0)
            : p.activation.kind == Activation::leaky_relu ? std::max(value, 0.25 * value)
                                                          : std::max(value, 0.0);
  return x;
}

struct Expected {
  std::vector<double> y, size, sides, dx, dx_size, dbias, dbias_size;
};

Expected expected(const GlobalAverageProblem& p, const HostTensor& x, const HostTensor& dy) {
  const auto outputs = static_cast<size_t>(p.n * p.c), channels = static_cast<size_t>(p.c);
  Expected e{std::vector<double>(outputs),
             std::vector<double>(outputs),
             std::vector<double>(static_cast<size_t>(p.sides().count())),
             x.values,
             x.values,
             std::vector<double>(channels),
             std::vector<double>(channels)};
  for (int64_t n = 0, i = 0; n < p.n; ++n)
    for (int64_t pixel = 0; pixel < p.pixels(); ++pixel)
      for (int64_t c = 0; c < p.c; ++c, ++i) {
        const double value = x.values[i], share = dy.values[n * p.c + c] / double(p.pixels());
        const bool passing = value > 0 && (p.activation.kind != Activation::relu6 || value < 6);
        e.y[n * p.c + c] += value / double(p.pixels());
        e.size[n * p.c + c] += std::fabs(value) / double(p.pixels());
        e.sides[(n * p.bytes_per_channel() + pixel / 8) * p.c + c] += passing << pixel % 8;
        e.dx[i] = passing ? share : share * double{p.activation.slope};
        e.dx_size[i] = std::fabs(share);
        e.dbias[c] += e.dx[i];
        e.dbias_size[c] += std::fabs(share);
      }
  return e;
}

TEST_CASE("global average: the mean, a bit for each element's side, and the gradient told from those") {
  int forward_runs = 0, backward_runs = 0;
  for (const GlobalAverageProblem& p : problems()) {
    const HostTensor x = outputs_of(p), dy = normals({p.n, 1, 1, p.c}, 2);
    const Expected e = expected(p, x, dy);
    const HostTensor sides = of_type({p.sides(), e.sides}, DType::uint8);
    const OpCase<GlobalAverageForward> forward{
        p,  {{&F::x, x}},
        {}, {{&F::y, zeros(dy.shape)}, {&F::sides, of_type(zeros(p.sides()), DType::uint8)}},
        {}, {},
        {}, {}};
    forward_runs += for_each_implementation<GlobalAverageForward>(p, [&](const auto& entry, Device& device) {
      const auto got = run_op(entry, device, forward).tensors;
      check_sums(got[0], e.y, e.size, double(p.pixels()), name_run(entry, device, p), Zeros::allowed);
      check_equal(got[1], e.sides, name_run(entry, device, p), Zeros::allowed);
    });
    OpCase<GlobalAverageBackward> backward{
        p, {{&B::dy, dy}, {&B::sides, sides}}, {}, {{&B::dx, zeros(x.shape)}}, {}, {}, {}, {}};
    if (p.dbias) backward.outputs.push_back({&B::dbias, zeros({p.c})});
    backward_runs +=
        for_each_implementation<GlobalAverageBackward>(p, [&](const auto& entry, Device& device) {
          const auto got = run_op(entry, device, backward).tensors;
          check_sums(got[0], e.dx, e.dx_size, 1, name_run(entry, device, p), Zeros::allowed);
          if (p.dbias)
            check_sums(got[1], e.dbias, e.dbias_size, double(p.n * p.pixels()), name_run(entry, device, p),
                       Zeros::allowed);
        });
  }
  CHECK(forward_runs >= 30 * 3);  // float64, cpu, emulated
  CHECK(backward_runs >= 30 * 3);
}

TEST_CASE("global average: an infinite gradient goes only where it passes") {
  const double infinity = std::numeric_limits<double>::infinity();
  const GlobalAverageProblem p{1, 1, 2, 2, Activation::relu, DType::float32, true};  // c 1 passes nowhere
  const HostTensor sides = of_type({p.sides(), {1, 0}}, DType::uint8), dy{{1, 1, 1, 2}, {infinity, infinity}};
  const OpCase<GlobalAverageBackward> test{p,  {{&B::dy, dy}, {&B::sides, sides}},
                                           {}, {{&B::dx, zeros({1, 1, 2, 2})}, {&B::dbias, zeros({2})}},
                                           {}, {},
                                           {}, {}};
  const int runs = for_each_implementation<GlobalAverageBackward>(p, [&](const auto& entry, Device& device) {
    const auto got = run_op(entry, device, test).tensors;
    check_equal(got[0], {infinity, 0, 0, 0}, name_run(entry, device, p), Zeros::allowed);
    check_equal(got[1], {infinity, 0}, name_run(entry, device, p), Zeros::allowed);
  });
  CHECK(runs >= 3);
}

}  // namespace
}  // namespace graft::test
