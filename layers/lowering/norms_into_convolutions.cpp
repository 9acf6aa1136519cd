#include "layers/lowering/norms_into_convolutions.h"

#include <array>
#include <optional>

#include "kernels/norm_conv/norm_conv.h"
#include "layers/lowering/joined_steps.h"

namespace graft {

namespace {

// The steps that become two.
struct Pair {
  const OpStep<BatchNormForward>* norm = nullptr;
  const OpStep<ConvForward>* conv = nullptr;
  const OpStep<ConvBackwardWeights>* weights = nullptr;
  const OpStep<ConvBackwardData>* data = nullptr;
  const OpStep<BatchNormBackward>* norm_gradient = nullptr;

  std::array<const Step*, 5> members() const { return {norm, conv, weights, data, norm_gradient}; }
};

class NormsIntoConvolutions {
 public:
  NormsIntoConvolutions(Plan& plan, const DeviceProperties& device, const ChoiceOptions& options)
      : plan_(plan), device_(device), options_(options), touches_(plan) {}

  void run() {
    join_steps<BatchNormForward>(
        plan_, [&](const auto& norm) { return pair_of(norm); },
        [&](const Step& step, const Pair& pair) {
          if (&step == pair.conv) emit_forward(pair);
          if (&step == pair.norm_gradient) emit_backward(pair);
        });
  }

 private:
  std::optional<Pair> pair_of(const OpStep<BatchNormForward>& norm) const {
    using Weights = ConvBackwardWeights::Args;
    using Data = ConvBackwardData::Args;
    using NormGradient = BatchNormBackward::Args;
    const ValueId x = norm.value(&BatchNormForward::Args::x), normed = norm.value(&BatchNormForward::Args::y);
    if (!norm.problem().batch_statistics || !touches_.between(normed, 3) ||
        plan_.value(x).part_of != no_value)
      return {};
    Pair pair{&norm, touches_.only<ConvForward>(normed), touches_.only<ConvBackwardWeights>(normed)};
    if (!pair.conv || !pair.weights || !is_plain(pair.conv->problem())) return {};
    const ValueId dy = pair.weights->value(&Weights::dy);
    pair.data = touches_.only<ConvBackwardData>(dy);
    if (!pair.data || pair.data->value(&Data::dy) != dy) return {};
    const ValueId gradient = pair.data->value(&Data::dx);
    pair.norm_gradient = touches_.only<BatchNormBackward>(gradient);
    // In place, the norm's gradient is a value of its own until memory is planned.
    if (!touches_.between(gradient, 2) || !pair.norm_gradient ||
        pair.norm_gradient->value(&NormGradient::dy) != gradient ||
        pair.norm_gradient->value(&NormGradient::x) != x)
      return {};
    const BatchNormProblem& back = pair.norm_gradient->problem();
    if (!back.wants_dscale || back.activation != norm.problem().activation || !can_be_joined(pair)) return {};
    return pair;
  }

  static bool is_plain(const ConvProblem& p) {
    return !p.bias && !p.residual && p.activation == Activation::none && !p.y_slice && !p.constant_weights;
  }

  static NormConvProblem problem_of(const Pair& pair) {
    const BatchNormProblem& norm = pair.norm->problem();
    return {.conv = pair.conv->problem(),
            .activation = norm.activation,
            .epsilon = norm.epsilon,
            .momentum = norm.momentum,
            .wants_dx = pair.norm_gradient->problem().wants_dx,
            .dtype = norm.dtype};
  }

  bool can_be_joined(const Pair& pair) const {
    const NormConvProblem p = problem_of(pair);
    return !any_is_forced<BatchNormForward, ConvForward, ConvBackwardWeights, ConvBackwardData,
                          BatchNormBackward>(options_) &&
           is_served<NormConvForward>(p, device_, options_) &&
           is_served<NormConvBackward>({p}, device_, options_);
  }

  void emit_forward(const Pair& pair) {
    using Args = NormConvForward::Args;
    using Norm = BatchNormForward::Args;
    using Conv = ConvForward::Args;
    const auto& norm = *pair.norm;
    plan_.emit<NormConvForward>(
        pair.conv->layer(), Phase::forward, problem_of(pair),
        {{&Args::x, norm.value(&Norm::x), Access::read},
         {&Args::scale, norm.value(&Norm::scale), Access::read},
         {&Args::shift, norm.value(&Norm::shift), Access::read},
         {&Args::running_mean, norm.value(&Norm::running_mean), Access::update},
         {&Args::running_variance, norm.value(&Norm::running_variance), Access::update},
         {&Args::w, pair.conv->value(&Conv::w), Access::read},
         {&Args::y, pair.conv->value(&Conv::y), Access::write},
         {&Args::mean, norm.value(&Norm::mean), Access::write},
         {&Args::inverse_deviation, norm.value(&Norm::inverse_deviation), Access::write}});
  }

  void emit_backward(const Pair& pair) {
    using Args = NormConvBackward::Args;
    using Norm = BatchNormBackward::Args;
    const auto& norm = *pair.norm_gradient;
    plan_.emit<NormConvBackward>(
        pair.conv->layer(), Phase::backward, {problem_of(pair)},
        {{&Args::x, norm.value(&Norm::x), Access::read},
         {&Args::dy, pair.data->value(&ConvBackwardData::Args::dy), Access::read},
         {&Args::scale, norm.value(&Norm::scale), Access::read},
         {&Args::shift, pair.norm->value(&BatchNormForward::Args::shift), Access::read},
         {&Args::mean, norm.value(&Norm::mean), Access::read},
         {&Args::inverse_deviation, norm.value(&Norm::inverse_deviation), Access::read},
         {&Args::w, pair.data->value(&ConvBackwardData::Args::w), Access::read},
         {&Args::dx, norm.value(&Norm::dx), Access::write},
         {&Args::dw, pair.weights->value(&ConvBackwardWeights::Args::dw), Access::write},
         {&Args::dscale, norm.value(&Norm::dscale), Access::write},
         {&Args::dshift, norm.value(&Norm::dshift), Access::write}});
  }

  Plan& plan_;
  const DeviceProperties& device_;
  const ChoiceOptions& options_;
  Touches touches_;
};

}  // namespace

void norms_into_convolutions(Plan& plan, const DeviceProperties& device, const ChoiceOptions& options) {
  NormsIntoConvolutions(plan, device, options).run();
}

}  // namespace graft
