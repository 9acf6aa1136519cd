#include "kernels/pool/pool.h"

#include "support/compare.h"

namespace graft::test {
namespace {

PoolProblem window(PoolKind kind, int64_t size, int64_t c, int64_t filter, int64_t stride, int64_t pad) {
  PoolProblem p{.kind = kind, .n = 2, .h = size, .w = size + 2, .c = c, .p = 0, .q = 0};
  p.r = p.s = filter;
  p.stride_h = p.stride_w = stride;
  p.pad_top = p.pad_left = p.pad_bottom = p.pad_right = pad;
  p.p = (p.h + 2 * pad - filter) / stride + 1;
  p.q = (p.w + 2 * pad - filter) / stride + 1;
  return p;
}

std::vector<PoolProblem> pool_problems(PoolKind kind) {
  std::vector<PoolProblem> problems = {window(kind, 9, 5, 3, 2, 1), window(kind, 8, 64, 2, 2, 0),
                                       window(kind, 7, 17, 3, 1, 1), window(kind, 1, 1, 1, 1, 0),
                                       window(kind, 11, 300, 3, 2, 0)};
  PoolProblem up = window(kind, 8, 19, 3, 2, 0);  // sizes rounded up: the last window reaches outside
  up.p = up.q = 4;
  up.w = 8;
  problems.push_back(up);
  if (kind == PoolKind::max) return problems;
  problems[0].count_padding = true;
  problems.push_back({.kind = kind, .n = 2, .h = 7, .w = 5, .c = 37, .p = 1, .q = 1, .adaptive = true});
  problems.push_back({.kind = kind, .n = 1, .h = 7, .w = 5, .c = 8, .p = 3, .q = 2, .adaptive = true});
  return problems;
}

// visit(input index, output index, place) for every input that an output's window covers.
template <class Visit>
void for_each_covered(const PoolProblem& p, const Visit& visit) {
  int64_t out = 0;
  for (int64_t n = 0; n < p.n; ++n)
    for (int64_t i = 0; i < p.p; ++i)
      for (int64_t j = 0; j < p.q; ++j)
        for (int64_t c = 0; c < p.c; ++c, ++out) {
          const PoolWindow rows = p.rows(i), columns = p.columns(j);
          for (int64_t h = rows.begin; h < rows.end; ++h)
            for (int64_t w = columns.begin; w < columns.end; ++w)
              if (h >= 0 && h < p.h && w >= 0 && w < p.w)
                visit(((n * p.h + h) * p.w + w) * p.c + c, out, (h - rows.begin) * p.s + w - columns.begin);
        }
}

TEST_CASE("max pooling: the first of the largest, and its place") {
  int runs = 0;
  for (PoolProblem p : pool_problems(PoolKind::max)) {
    const HostTensor x = integers({p.n, p.h, p.w, p.c}, 4, 1), dy = integers({p.n, p.p, p.q, p.c}, 9, 2);
    const size_t outputs = dy.values.size();
    std::vector<double> y(outputs, -1e9), places(outputs), dx(x.values.size());
    std::vector<int64_t> source(outputs);
    for_each_covered(p, [&](int64_t in, int64_t out, int64_t place) {
      if (x.values[in] <= y[out]) return;
      y[out] = x.values[in];
      places[out] = static_cast<double>(place);
      source[out] = in;
    });
    for (size_t i = 0; i < outputs; ++i) dx[source[i]] += dy.values[i];
    for (bool saves : {false, true}) {
      using A = PoolForward::Args;
      p.saves_places = saves;
      OpCase<PoolForward> test{p, {{&A::x, x}}, {}, {{&A::y, zeros(dy.shape)}}, {}, {}, {}, {}};
      if (saves) test.outputs.push_back({&A::places, of_type(zeros(dy.shape), DType::uint8)});
      runs += for_each_implementation<PoolForward>(p, [&](const auto& entry, Device& device) {
        const auto got = run_op(entry, device, test).tensors;
        check_equal(got[0], y, name_run(entry, device, p));
        if (saves) check_equal(got[1], places, name_run(entry, device, p), Zeros::allowed);
      });
    }
    using A = PoolBackward::Args;
    const OpCase<PoolBackward> back{
        p,  {{&A::dy, dy}, {&A::places, of_type({dy.shape, places}, DType::uint8)}},
        {}, {{&A::dx, zeros(x.shape)}},
        {}, {},
        {}, {}};
    runs += for_each_implementation<PoolBackward>(p, [&](const auto& entry, Device& device) {
      check_equal(run_op(entry, device, back).tensors[0], dx, name_run(entry, device, p), Zeros::allowed);
    });
  }
  CHECK(runs >= 6 * 3 * 2);
}

TEST_CASE("average pooling: the mean of the window, and its transpose") {
  int runs = 0;
  for (const PoolProblem& p : pool_problems(PoolKind::average)) {
    const HostTensor x = normals({p.n, p.h, p.w, p.c}, 3), dy = normals({p.n, p.p, p.q, p.c}, 4);
    std::vector<double> y(dy.values.size()), size(y.size()), dx(x.values.size()), dx_size(dx.size());
    std::vector<double> covered(y.size());
    for_each_covered(p, [&](int64_t, int64_t out, int64_t) { covered[out] += 1; });
    if (p.count_padding) covered.assign(covered.size(), double(p.r * p.s));
    for_each_covered(p, [&](int64_t in, int64_t out, int64_t) {
      y[out] += x.values[in] / covered[out];
      size[out] += std::fabs(x.values[in]) / covered[out];
      dx[in] += dy.values[out] / covered[out];
      dx_size[in] += std::fabs(dy.values[out]) / covered[out];
    });
    using F = PoolForward::Args;
    using B = PoolBackward::Args;
    const OpCase<PoolForward> forward{p, {{&F::x, x}}, {}, {{&F::y, zeros(dy.shape)}}, {}, {}, {}, {}};
    const OpCase<PoolBackward> back{p, {{&B::dy, dy}}, {}, {{&B::dx, zeros(x.shape)}}, {}, {}, {}, {}};
    runs += for_each_implementation<PoolForward>(p, [&](const auto& entry, Device& device) {
      check_sums(run_op(entry, device, forward).tensors[0], y, size, 49, name_run(entry, device, p));
    });
    runs += for_each_implementation<PoolBackward>(p, [&](const auto& entry, Device& device) {
      check_sums(run_op(entry, device, back).tensors[0], dx, dx_size, 49, name_run(entry, device, p));
    });
  }
  CHECK(runs >= 8 * 2 * 2);
}

}  // namespace
}  // namespace graft::test
