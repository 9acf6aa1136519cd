#include "layers/lowering/training_steps.h"

#include <cstring>

#include "engine/check.h"
#include "kernels/softmax_cross_entropy/softmax_cross_entropy.h"
#include "layers/cast.h"

namespace graft {

ValueId emit_loss(Lowering& lowering, ValueId logits, const LossSettings& settings, bool wants_gradient) {
  using Args = SoftmaxCrossEntropy::Args;
  Plan& plan = lowering.plan;
  const Shape shape = lowering.shape(logits);
  GRAFT_CHECK(shape.rank() == 2, shape, "the network's output is ", shape, "; a loss needs [n, classes]");
  const SoftmaxCrossEntropyProblem p{.n = shape[0],
                                     .classes = shape[1],
                                     .smoothing = settings.label_smoothing,
                                     .weighted = !settings.class_weights.empty(),
                                     .wants_gradient = wants_gradient,
                                     .dtype = lowering.master};
  plan.labels = plan.activation("labels", {p.n}, DType::int32);
  plan.losses = lowering.statistic("losses", {p.n});
  plan.value(plan.labels).kept = plan.value(plan.losses).kept = true;
  ValueId weights = no_value;
  if (p.weighted) {
    GRAFT_CHECK(static_cast<int64_t>(settings.class_weights.size()) == p.classes, call, "there are ",
                settings.class_weights.size(), " class weights for ", p.classes, " classes");
    weights = lowering.constant(
        "class weights", {p.classes}, lowering.master,
        [values = settings.class_weights](auto* out) { std::copy(values.begin(), values.end(), out); });
  }
  const ValueId gradient = wants_gradient ? lowering.statistic("logits gradient", shape) : no_value;
  if (lowering.dtype != lowering.master)
    logits = emit_cast(plan, "loss", Phase::loss, logits, lowering.master);
  plan.emit<SoftmaxCrossEntropy>("loss", Phase::loss, p,
                                 {{&Args::logits, logits, Access::read},
                                  {&Args::labels, plan.labels, Access::read},
                                  {&Args::class_weights, weights, Access::read},
                                  {&Args::losses, plan.losses, Access::write},
                                  {&Args::dlogits, gradient, Access::write}});
  if (gradient == no_value || lowering.dtype == lowering.master) return gradient;
  return emit_cast(plan, "loss", Phase::loss, gradient, lowering.dtype);
}

void emit_update(Lowering& lowering, const Parameters& parameters, const UpdateSettings& settings) {
  Plan& plan = lowering.plan;
  const int64_t count = parameters.trainable_count();
  const int64_t segments = static_cast<int64_t>(settings.segments.size());
  const auto whole = [&](const char* name, Storage storage, int slice) {
    return plan.add(
        {.name = name, .shape = {count}, .dtype = lowering.master, .storage = storage, .slice = slice});
  };
  const ValueId values = whole("parameters", Storage::parameter, all_slices);
  const ValueId gradients = whole("gradients", Storage::gradient, all_slices);
  const ValueId table = plan.add({.name = "optimizer segments",
                                  .shape = {segments * static_cast<int64_t>(sizeof(OptimizerSegment))},
                                  .dtype = DType::uint8,
                                  .storage = Storage::constant,
                                  .fill = [list = settings.segments](void* out, DType) {
                                    std::memcpy(out, list.data(), list.size() * sizeof(OptimizerSegment));
                                  }});
  if (settings.clip_norm > 0)
    plan.emit<GradientNorm>("optimizer", Phase::update, {count, settings.clip_norm, lowering.master},
                            {{&GradientNorm::Args::gradients, gradients, Access::read}});
  if (settings.rule == UpdateSettings::Rule::sgd) {
    using Args = SgdUpdate::Args;
    plan.emit<SgdUpdate>("optimizer", Phase::update, {count, segments, settings.momentum, lowering.master},
                         {{&Args::values, values, Access::update},
                          {&Args::gradients, gradients, Access::read},
                          {&Args::velocity, whole("velocity", Storage::slot, 0), Access::update},
                          {&Args::segments, table, Access::read}});
    return;
  }
  using Args = AdamWUpdate::Args;
  plan.emit<AdamWUpdate>("optimizer", Phase::update,
                         {count, segments, settings.beta1, settings.beta2, settings.epsilon, lowering.master},
                         {{&Args::values, values, Access::update},
                          {&Args::gradients, gradients, Access::read},
                          {&Args::first_moment, whole("first moment", Storage::slot, 0), Access::update},
                          {&Args::second_moment, whole("second moment", Storage::slot, 1), Access::update},
                          {&Args::segments, table, Access::read}});
}

}  // namespace graft
