#include "layers/lowering/separable_blocks.h"

#include <array>
#include <optional>

#include "kernels/separable_block/separable_block.h"
#include "layers/lowering/joined_steps.h"

namespace graft {

namespace {

using Convolution = OpStep<ConvForward>;
using Conv = ConvForward::Args;

// The steps that become one.
struct Block {
  const Convolution *expand, *depthwise, *project;

  std::array<const Step*, 3> members() const { return {expand, depthwise, project}; }
};

class SeparableBlocks {
 public:
  SeparableBlocks(Plan& plan, const DeviceProperties& device, const ChoiceOptions& options)
      : plan_(plan), device_(device), options_(options), touches_(plan) {}

  void run() {
    if (any_is_forced<ConvForward>(options_)) return;
    join_steps<ConvForward>(
        plan_, [&](const Convolution& first) { return block_from(first); },
        [&](const Step& step, const Block& block) {
          if (&step == block.project) emit(block);
        });
  }

 private:
  std::optional<Block> block_from(const Convolution& first) const {
    const Convolution* second = behind(first);
    const Convolution* third = second ? behind(*second) : nullptr;
    if (!third) return {};
    const Block block{&first, second, third};
    if (!second->problem().depthwise() || !is_pixelwise(third->problem()) ||
        first.problem().dtype != third->problem().dtype)
      return {};
    if (!is_served<SeparableBlock>(problem_of(block), device_, options_)) return {};
    return block;
  }

  // The convolution that alone reads, as its input, what this one writes.
  const Convolution* behind(const Convolution& step) const {
    const ValueId y = step.value(&Conv::y);
    if (!touches_.between(y, 2)) return nullptr;
    const auto* reader = touches_.only<ConvForward>(y, &step);
    return reader && reader->value(&Conv::x) == y ? reader : nullptr;
  }

  static bool is_pixelwise(const ConvProblem& p) { return p.r == 1 && p.s == 1 && p.groups == 1; }

  SeparableBlockProblem problem_of(const Block& block) const {
    const ConvProblem& project = block.project->problem();
    return {block.expand->problem(), block.depthwise->problem(), project, project.dtype, project.math};
  }

  void emit(const Block& block) {
    using Args = SeparableBlock::Args;
    plan_.emit<SeparableBlock>(block.project->layer(), Phase::forward, problem_of(block),
                               {{&Args::x, block.expand->value(&Conv::x), Access::read},
                                {&Args::expand_w, block.expand->value(&Conv::w), Access::read},
                                {&Args::expand_bias, block.expand->value(&Conv::bias), Access::read},
                                {&Args::depthwise_w, block.depthwise->value(&Conv::w), Access::read},
                                {&Args::depthwise_bias, block.depthwise->value(&Conv::bias), Access::read},
                                {&Args::project_w, block.project->value(&Conv::w), Access::read},
                                {&Args::project_bias, block.project->value(&Conv::bias), Access::read},
                                {&Args::residual, block.project->value(&Conv::residual), Access::read},
                                {&Args::y, block.project->value(&Conv::y), Access::write}});
  }

  Plan& plan_;
  const DeviceProperties& device_;
  const ChoiceOptions& options_;
  Touches touches_;
};

}  // namespace

void join_separable_blocks(Plan& plan, const DeviceProperties& device, const ChoiceOptions& options) {
  SeparableBlocks(plan, device, options).run();
}

}  // namespace graft
