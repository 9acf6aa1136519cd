#include "layers/lowering/masks_into_pooling.h"

#include <array>
#include <optional>

#include "kernels/global_average/global_average.h"
#include "kernels/pool/pool.h"
#include "layers/lowering/joined_steps.h"

namespace graft {

namespace {

// The steps that become two.
struct Pooling {
  const OpStep<ActivationMask>* mask = nullptr;
  const OpStep<PoolForward>* pool = nullptr;
  const OpStep<PoolBackward>* spread = nullptr;
  const OpStep<ActivationBackward>* activation = nullptr;
  ValueId sides = no_value;

  std::array<const Step*, 4> members() const { return {mask, pool, spread, activation}; }
};

bool is_global_average(const PoolProblem& p) {
  const bool whole = p.adaptive || (p.r == p.h && p.s == p.w && !p.pad_top && !p.pad_left);
  return p.kind == PoolKind::average && p.p == 1 && p.q == 1 && whole && !p.y_slice;
}

class MasksIntoPooling {
 public:
  MasksIntoPooling(Plan& plan, const DeviceProperties& device, const ChoiceOptions& options)
      : plan_(plan), device_(device), options_(options), touches_(plan) {}

  void run() {
    join_steps<ActivationMask>(
        plan_, [&](const auto& mask) { return pooling_of(mask); },
        [&](const Step& step, const Pooling& pooling) {
          if (&step == pooling.pool) emit_forward(pooling);
          if (&step == pooling.activation) emit_backward(pooling);
        });
  }

 private:
  std::optional<Pooling> pooling_of(const OpStep<ActivationMask>& mask) {
    const ValueId side = mask.value(&ActivationMask::Args::mask), y = mask.value(&ActivationMask::Args::y);
    Pooling found{&mask, touches_.only<PoolForward>(y), nullptr, touches_.only<ActivationBackward>(side)};
    if (!found.pool || found.pool->value(&PoolForward::Args::x) != y || !found.activation) return {};
    const ValueId dy = found.activation->value(&ActivationBackward::Args::dy);
    found.spread = touches_.only<PoolBackward>(dy);
    if (!found.spread || found.spread->value(&PoolBackward::Args::dx) != dy || !touches_.between(dy, 2))
      return {};
    if (!is_global_average(found.pool->problem()) || !is_global_average(found.spread->problem()) ||
        !can_be_joined(found))
      return {};
    found.sides = plan_.activation(plan_.value(side).name, problem_of(found).sides(), DType::uint8);
    return found;
  }

  static GlobalAverageProblem problem_of(const Pooling& pooling) {
    const ActivationProblem& p = pooling.activation->problem();
    return {p.n, p.h, p.w, p.c, p.activation, p.dtype};
  }
  static GlobalAverageProblem gradient_of(const Pooling& pooling) {
    GlobalAverageProblem p = problem_of(pooling);
    p.dbias = pooling.activation->problem().dbias;
    return p;
  }

  bool can_be_joined(const Pooling& pooling) const {
    return !any_is_forced<ActivationMask, ActivationBackward, PoolForward, PoolBackward>(options_) &&
           is_served<GlobalAverageForward>(problem_of(pooling), device_, options_) &&
           is_served<GlobalAverageBackward>(gradient_of(pooling), device_, options_);
  }

  void emit_forward(const Pooling& pooling) {
    using Args = GlobalAverageForward::Args;
    plan_.emit<GlobalAverageForward>(pooling.pool->layer(), Phase::forward, problem_of(pooling),
                                     {{&Args::x, pooling.pool->value(&PoolForward::Args::x), Access::read},
                                      {&Args::y, pooling.pool->value(&PoolForward::Args::y), Access::write},
                                      {&Args::sides, pooling.sides, Access::write}});
  }

  void emit_backward(const Pooling& pooling) {
    using Args = GlobalAverageBackward::Args;
    using Activation = ActivationBackward::Args;
    plan_.emit<GlobalAverageBackward>(
        pooling.pool->layer(), Phase::backward, gradient_of(pooling),
        {{&Args::dy, pooling.spread->value(&PoolBackward::Args::dy), Access::read},
         {&Args::sides, pooling.sides, Access::read},
         {&Args::dx, pooling.activation->value(&Activation::dx), Access::write},
         {&Args::dbias, pooling.activation->value(&Activation::dbias), Access::write}});
  }

  Plan& plan_;
  const DeviceProperties& device_;
  const ChoiceOptions& options_;
  Touches touches_;
};

}  // namespace

void masks_into_pooling(Plan& plan, const DeviceProperties& device, const ChoiceOptions& options) {
  MasksIntoPooling(plan, device, options).run();
}

}  // namespace graft
