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

namespace {

// The parameters' arenas as one value each.
ValueId whole(Lowering& lowering, int64_t count, const char* name, Storage storage, int slice) {
  return lowering.plan.add(
      {.name = name, .shape = {count}, .dtype = lowering.master, .storage = storage, .slice = slice});
}

ValueId segment_table(Plan& plan, const std::vector<OptimizerSegment>& segments) {
  return plan.add({.name = "optimizer segments",
                   .shape = {static_cast<int64_t>(segments.size() * sizeof(OptimizerSegment))},
                   .dtype = DType::uint8,
                   .storage = Storage::constant,
                   .fill = [list = segments](void* out, DType) {
                     std::memcpy(out, list.data(), list.size() * sizeof(OptimizerSegment));
                   }});
}

void emit_sgd(Lowering& lowering, int64_t count, const UpdateSettings& settings, ValueId values,
              ValueId gradients) {
  using Args = SgdUpdate::Args;
  const auto segments = static_cast<int64_t>(settings.segments.size());
  lowering.plan.emit<SgdUpdate>(
      "optimizer", Phase::update, {count, segments, settings.momentum, lowering.master},
      {{&Args::values, values, Access::update},
       {&Args::gradients, gradients, Access::read},
       {&Args::velocity, whole(lowering, count, "velocity", Storage::slot, 0), Access::update},
       {&Args::segments, segment_table(lowering.plan, settings.segments), Access::read}});
}

void emit_adamw(Lowering& lowering, int64_t count, const UpdateSettings& settings, ValueId values,
                ValueId gradients) {
  using Args = AdamWUpdate::Args;
  const auto segments = static_cast<int64_t>(settings.segments.size());
  lowering.plan.emit<AdamWUpdate>(
      "optimizer", Phase::update,
      {count, segments, settings.beta1, settings.beta2, settings.epsilon, lowering.master},
      {{&Args::values, values, Access::update},
       {&Args::gradients, gradients, Access::read},
       {&Args::first_moment, whole(lowering, count, "first moment", Storage::slot, 0), Access::update},
       {&Args::second_moment, whole(lowering, count, "second moment", Storage::slot, 1), Access::update},
       {&Args::segments, segment_table(lowering.plan, settings.segments), Access::read}});
}

}  // namespace

void emit_update(Lowering& lowering, const Parameters& parameters, const UpdateSettings& settings) {
  Plan& plan = lowering.plan;
  const int64_t count = parameters.trainable_count();
  const ValueId values = whole(lowering, count, "parameters", Storage::parameter, all_slices);
  const ValueId gradients = whole(lowering, count, "gradients", Storage::gradient, all_slices);
  if (settings.clip_norm > 0)
    plan.emit<GradientNorm>("optimizer", Phase::update, {count, settings.clip_norm, lowering.master},
                            {{&GradientNorm::Args::gradients, gradients, Access::read}});
  (settings.rule == UpdateSettings::Rule::sgd ? emit_sgd : emit_adamw)(lowering, count, settings, values,
                                                                       gradients);
  if (settings.average_decay == 0) return;
  using Args = ParameterAverage::Args;
  const ValueId average = whole(lowering, count, "average", Storage::slot, average_slot(settings));
  plan.emit<ParameterAverage>(
      "optimizer", Phase::update, {count, settings.average_decay, lowering.master},
      {{&Args::average, average, Access::update}, {&Args::values, values, Access::read}});
}

}  // namespace graft
