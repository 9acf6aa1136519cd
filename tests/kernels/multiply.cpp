#include "kernels/elementwise/multiply.h"

#include "support/compare.h"

namespace graft::test {
namespace {

using F = MultiplyForward::Args;
using B = MultiplyBackward::Args;

std::vector<MultiplyProblem> problems() {
  std::vector<MultiplyProblem> list;
  for (bool broadcast : {false, true})
    for (const auto& [n, pixels, c] :
         {std::array<int64_t, 3>{1, 1, 1}, {3, 49, 12}, {2, 35, 7}, {1, 700, 96}, {2, 3, 133}})
      list.push_back({.n = n, .pixels = pixels, .c = c, .broadcast = broadcast});
  return list;
}

struct Sums {
  HostTensor a, b, dy;
  std::vector<double> y, da, db;

  explicit Sums(const MultiplyProblem& p)
      : a(integers({p.count()}, 4, 1)),
        b(integers({p.b_count()}, 4, 2)),
        dy(integers({p.count()}, 4, 3)),
        y(a.values.size()),
        da(a.values.size()),
        db(b.values.size()) {
    for (size_t i = 0; i < y.size(); ++i) {
      const size_t channel = i % static_cast<size_t>(p.c), picture = i / static_cast<size_t>(p.pixels * p.c);
      const size_t j = p.broadcast ? picture * static_cast<size_t>(p.c) + channel : i;
      y[i] = a.values[i] * b.values[j];
      da[i] = dy.values[i] * b.values[j];
      db[j] += dy.values[i] * a.values[i];
    }
  }
};

TEST_CASE("multiply: exact on every device, into its operands too") {
  int runs = 0;
  for (const MultiplyProblem& p : problems()) {
    const Sums s(p);
    const OpCase<MultiplyForward> apart{
        p, {{&F::a, s.a}, {&F::b, s.b}}, {}, {{&F::y, zeros(s.a.shape)}}, {}, {}, {}, {}};
    const OpCase<MultiplyForward> into_a{p, {{&F::b, s.b}}, {{&F::y, s.a}}, {}, {{&F::a, &F::y}}, {}, {}, {}};
    const OpCase<MultiplyForward> into_b{p, {{&F::a, s.a}}, {{&F::y, s.b}}, {}, {{&F::b, &F::y}}, {}, {}, {}};
    runs += for_each_implementation<MultiplyForward>(p, [&](const auto& entry, Device& device) {
      for (const auto* test : {&apart, &into_a, &into_b})
        if (test != &into_b || !p.broadcast)
          check_equal(run_op(entry, device, *test).tensors[0], s.y, name_run(entry, device, p));
    });
  }
  CHECK(runs == 10 * 3);
}

TEST_CASE("multiply: both gradients, each alone, and the first in dy's place") {
  int runs = 0;
  for (MultiplyProblem p : problems()) {
    const Sums s(p);
    for (int wanted : {1, 2, 3}) {
      p.wants_da = wanted & 1;
      p.wants_db = wanted & 2;
      OpCase<MultiplyBackward> test{p, {{&B::dy, s.dy}}, {}, {}, {}, {}, {}, {}};
      if (p.wants_da) test.inputs.push_back({&B::b, s.b});
      if (p.wants_db) test.inputs.push_back({&B::a, s.a});
      OpCase<MultiplyBackward> in_place = test;
      if (p.wants_da) test.outputs.push_back({&B::da, zeros(s.a.shape)});
      if (p.wants_db) test.outputs.push_back({&B::db, zeros(s.b.shape)});
      if (p.wants_db) in_place.outputs = {{&B::db, zeros(s.b.shape)}};
      in_place.inputs.erase(in_place.inputs.begin());
      in_place.updates = {{&B::da, s.dy}};
      in_place.shared = {{&B::dy, &B::da}};
      runs += for_each_implementation<MultiplyBackward>(p, [&](const auto& entry, Device& device) {
        const std::string name = name_run(entry, device, p);
        const auto got = run_op(entry, device, test).tensors;
        if (p.wants_da) check_equal(got.front(), s.da, name);
        if (p.wants_db) check_equal(got.back(), s.db, name);
        if (!p.wants_da) return;
        const auto there = run_op(entry, device, in_place).tensors;
        check_equal(there.back(), s.da, name);
        if (p.wants_db) check_equal(there.front(), s.db, name);
      });
    }
  }
  CHECK(runs == 10 * 3 * 3);
}

}  // namespace
}  // namespace graft::test
