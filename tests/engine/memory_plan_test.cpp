#include <doctest/doctest.h>

#include "engine/memory_plan.h"
#include "kernels/elementwise/elementwise.h"

namespace graft {
namespace {

// y = a + b, as one step of a hand-made plan.
Step& add_step(Plan& plan, ValueId a, ValueId b, ValueId y) {
  return plan.emit<Add>("test", Phase::forward,
                        {plan.value(y).shape.count(), Activation::none, DType::float32},
                        {{&Add::Args::a, a, Access::read},
                         {&Add::Args::b, b, Access::read},
                         {&Add::Args::y, y, Access::write}});
}

// A chain of `length` additions; value i + 2 = value i + value i + 1.
Plan chain(int length, int64_t size) {
  Plan plan;
  for (int i = 0; i < length + 2; ++i)
    plan.activation("v" + std::to_string(i), {1, 1, size, 64}, DType::float32);
  for (int i = 0; i < length; ++i) add_step(plan, i, i + 1, i + 2);
  return plan;
}

bool overlap_in_space(const MemoryPlan::Placement& a, const MemoryPlan::Placement& b) {
  return a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
}

bool overlap_in_time(const MemoryPlan::Placement& a, const MemoryPlan::Placement& b) {
  return a.first_step <= b.last_step && b.first_step <= a.last_step;
}

TEST_CASE("memory plan: values that are alive together never share memory") {
  Plan plan = chain(20, 7);
  plan.value(3).kept = true;
  const MemoryPlan memory = plan_memory(plan);
  int together = 0;
  for (int a = 0; a < plan.value_count(); ++a) {
    for (int b = 0; b < a; ++b) {
      if (!overlap_in_time(memory.placements[a], memory.placements[b])) continue;
      ++together;
      CHECK(!overlap_in_space(memory.placements[a], memory.placements[b]));
    }
  }
  CHECK(together > 20);
}

TEST_CASE("memory plan: a chain needs the memory of what is alive at once, not of the chain") {
  const size_t one = 16 * 64 * sizeof(float);
  CHECK(plan_memory(chain(4, 16)).arena_bytes == 3 * one);
  CHECK(plan_memory(chain(40, 16)).arena_bytes == 3 * one);
}

TEST_CASE("memory plan: an output takes the memory of an input that nobody reads again") {
  Plan plan = chain(2, 16);
  plan.steps()[0]->may_share(0, 2);  // v0 dies here
  plan.steps()[1]->may_share(2, 3);  // v2 dies here
  plan.value(3).kept = true;
  share_in_place(plan);
  CHECK(plan.root(2) == 0);
  CHECK(plan.root(3) == 3);  // an output of the plan keeps a place of its own
}

TEST_CASE("memory plan: what took its input's memory hands it on, a part of a value does not") {
  Plan plan = chain(3, 16);
  plan.steps()[0]->may_share(0, 2);
  plan.steps()[1]->may_share(1, 3);  // v1 dies here
  plan.steps()[2]->may_share(2, 4);  // v2, and with it v0's memory, dies here
  share_in_place(plan);
  CHECK(plan.root(3) == 1);
  CHECK(plan.root(4) == 0);

  Plan cut;
  const ValueId whole = cut.activation("whole", {1, 1, 1, 8}, DType::float32);
  const ValueId half = cut.slice_of(whole, 0, 4, "half");
  const ValueId sum = cut.activation("sum", {1, 1, 1, 4}, DType::float32);
  add_step(cut, half, half, sum).may_share(half, sum);
  share_in_place(cut);
  CHECK(cut.root(sum) == sum);
}

TEST_CASE("memory plan: no sharing while the input is still needed") {
  Plan plan = chain(2, 16);
  plan.steps()[0]->may_share(1, 2);  // v1 is read by the second step
  share_in_place(plan);
  CHECK(plan.root(2) == 2);
}

TEST_CASE("memory plan: what forward leaves for backward is counted as saved") {
  Plan plan = chain(1, 16);
  const ValueId later = plan.activation("gradient", {1, 1, 16, 64}, DType::float32);
  plan.emit<Add>("test", Phase::backward, {1024, Activation::none, DType::float32},
                 {{&Add::Args::a, 2, Access::read},
                  {&Add::Args::b, 2, Access::read},
                  {&Add::Args::y, later, Access::write}});
  CHECK(plan_memory(plan).saved_bytes == 16 * 64 * sizeof(float));
}

}  // namespace
}  // namespace graft
