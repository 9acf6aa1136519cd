#include "engine/step_comparison.h"

#include <cmath>

#include "engine/check.h"

namespace graft {

namespace {

HostValues values_of(const Executor& executor, ValueId id) {
  const Value& value = executor.plan().value(id);
  HostValues values(value.dtype, value.shape.count());
  executor.read(id, values.bytes.data());
  return values;
}

// How far a step's result may be from the exact one. Of float32 as the kernels' tests demand of independent
// numbers, which is a hundred times what they need; of TF32 ten times as much as there, where 2e-7 leaves
// nothing for sums that cancel as those of trained networks do; of bfloat16 as the kernels' tests, too: the
// result is rounded, operands are what they are.
double bound_of(const Step& step, DType dtype) {
  constexpr double of_float32 = 1e-11, of_tf32 = 2e-6, of_bfloat16 = 1e-5;
  if (dtype == DType::bfloat16) return of_bfloat16;
  if (dtype != DType::float32) return 0;
  return step.math() == Math::tf32 ? of_tf32 : of_float32;
}

// Two results that are each within their bound of the exact one are within this of each other.
double bound_of(const Step& a, DType a_type, const Step& b, DType b_type) {
  const double distance = std::sqrt(bound_of(a, a_type)) + std::sqrt(bound_of(b, b_type));
  return distance * distance;
}

bool same_step(const Plan& a, const Plan& b, size_t step) {
  const Step &s = *a.steps()[step], &t = *b.steps()[step];
  if (s.op() != t.op() || s.layer() != t.layer() || s.phase() != t.phase() || s.reads() != t.reads() ||
      s.writes() != t.writes())
    return false;
  for (ValueId id : s.writes())
    if (!(a.value(id).shape == b.value(id).shape)) return false;
  return true;
}

// The first step in which they are not the same, or how many the shorter one has.
size_t parting(const Plan& a, const Plan& b) {
  const size_t steps = std::min(a.steps().size(), b.steps().size());
  size_t step = 0;
  while (step < steps && same_step(a, b, step)) ++step;
  return step;
}

}  // namespace

bool StepComparison::within() const {
  return difference.nmse <= bound && difference.largest <= furthest * std::sqrt(bound) * difference.scale;
}

bool same_steps(const Plan& a, const Plan& b) {
  return a.steps().size() == b.steps().size() && parting(a, b) == a.steps().size();
}

void check_same_steps(const Plan& a, const Plan& b) {
  const size_t i = parting(a, b);
  GRAFT_CHECK(i == std::min(a.steps().size(), b.steps().size()), call, "the sides' plans part at step ", i,
              ": ", a.steps()[i]->op(), " of layer '", a.steps()[i]->layer(), "' and ", b.steps()[i]->op(),
              " of layer '", b.steps()[i]->layer(), "'; only plans of the same steps can be compared");
  GRAFT_CHECK(a.steps().size() == b.steps().size(), call, "the sides' plans have ", a.steps().size(), " and ",
              b.steps().size(), " steps; only plans of the same steps can be compared");
}

std::vector<StepComparison> compare_steps(Executor& a, Executor& b) {
  check_same_steps(a.plan(), b.plan());
  std::vector<StepComparison> comparisons;
  for (int i = 0; i < static_cast<int>(a.plan().steps().size()); ++i) {
    const Step &s = *a.plan().steps()[i], &t = *b.plan().steps()[i];
    if (s.phase() == Phase::update) break;
    a.run(i, i + 1);
    b.run(i, i + 1);
    for (ValueId id : s.writes()) {
      const HostValues x = values_of(a, id), y = values_of(b, id);
      comparisons.push_back({i, id, difference_of(x, y), bound_of(s, x.dtype, t, y.dtype)});
      b.write(id, x.converted(y.dtype).bytes.data());
    }
  }
  return comparisons;
}

}  // namespace graft
