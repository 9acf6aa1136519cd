#include "transfer/inspection/comparison.h"

#include <optional>

#include "engine/step_comparison.h"

namespace graft {

std::vector<int64_t> ComparedLayer::index_of(int64_t element) const {
  std::vector<int64_t> index(shape.rank());
  for (int i = shape.rank() - 1; i >= 0; element /= shape[i--]) index[i] = element % shape[i];
  return index;
}

const ComparedLayer* NetworkComparison::first_difference() const {
  for (const ComparedLayer& layer : layers)
    if (!layer.within) return &layer;
  return nullptr;
}

namespace {

struct Sides {
  PlannedNetwork first, second;

  Sides(const ComparedSide& a, const ComparedSide& b, const PlanChoice& choice)
      : first(a.model, a.device, choice), second(b.model, b.device, choice) {}
};

std::unique_ptr<Plan> plan_of(const PlannedNetwork& network) {
  return network.session().plan(network.request());
}

}  // namespace

NetworkComparison compare_networks(const ComparedSide& a, const ComparedSide& b, const PlanChoice& plan,
                                   const InputBatch& batch) {
  PlanChoice whole = plan;
  whole.at_once = true;
  std::optional<Sides> sides(std::in_place, a, b, whole);
  if (!same_steps(*plan_of(sides->first), *plan_of(sides->second))) {
    whole.joins = false;  // one device has them, the other has not
    sides.emplace(a, b, whole);
  }
  PlannedNetwork &first = sides->first, &second = sides->second;
  check_same_steps(first.executor().plan(), second.executor().plan());
  first.feed(batch);
  second.feed(batch);
  NetworkComparison result{.devices = {first.device().properties().name, second.device().properties().name},
                           .layers = {}};
  const Plan &plan_a = first.executor().plan(), &plan_b = second.executor().plan();
  for (StepComparison& compared : compare_steps(first.executor(), second.executor())) {
    const Step &s = *plan_a.steps()[compared.step], &t = *plan_b.steps()[compared.step];
    result.layers.push_back(
        {.phase = std::string(name_of(s.phase())),
         .layer = s.layer(),
         .op = std::string(s.op()),
         .output = plan_a.value(compared.value).name,
         .implementations = {std::string(s.implementation()), std::string(t.implementation())},
         .shape = plan_a.value(compared.value).shape,
         .difference = std::move(compared.difference),
         .bound = compared.bound,
         .within = compared.within()});
  }
  return result;
}

}  // namespace graft
