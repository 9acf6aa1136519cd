#pragma once

#include "kernels/conv/reference.h"
#include "kernels/separable_block/separable_block.h"

namespace graft {

// The references of the three convolutions, one after the other, and the maps between in scratch memory.
template <class T>
class SeparableBlockReference : public Prepared<SeparableBlock> {
 public:
  explicit SeparableBlockReference(const SeparableBlockProblem& problem)
      : p_(problem),
        expand_(problem.typed(problem.expand)),
        depthwise_(problem.typed(problem.depthwise)),
        project_(problem.typed(problem.project)) {}

  size_t scratch_bytes() const override {
    return bytes(p_.expand) + bytes(p_.depthwise) +
           std::max({expand_.scratch_bytes(), depthwise_.scratch_bytes(), project_.scratch_bytes()});
  }

  void run(const SeparableBlock::Args& args, const RunContext& context) override {
    auto* memory = static_cast<std::byte*>(context.scratch);
    const TensorView expanded = map(p_.expand, memory),
                     convolved = map(p_.depthwise, memory + bytes(p_.expand));
    RunContext rest = context;
    rest.scratch = memory + bytes(p_.expand) + bytes(p_.depthwise);
    expand_.run({args.x, args.expand_w, args.expand_bias, {}, expanded}, rest);
    depthwise_.run({expanded, args.depthwise_w, args.depthwise_bias, {}, convolved}, rest);
    project_.run({convolved, args.project_w, args.project_bias, args.residual, args.y}, rest);
  }

 private:
  static size_t bytes(const ConvProblem& p) {
    return static_cast<size_t>(p.n * p.p() * p.q() * p.k) * sizeof(T);
  }
  static TensorView map(const ConvProblem& p, void* memory) {
    return view_of(memory, {p.n, p.p(), p.q(), p.k}, dtype_of<T>());
  }

  SeparableBlockProblem p_;
  ConvForwardReference<T> expand_, depthwise_, project_;
};

}  // namespace graft
