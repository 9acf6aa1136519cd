#include "transfer/cost/step_size.h"

#include <cmath>

#include "engine/check.h"
#include "engine/op_list.h"
#include "kernels/conv/conv.h"
#include "kernels/gemm/dense.h"
#include "kernels/norm_conv/norm_conv.h"
#include "kernels/pool/pool.h"
#include "kernels/separable_block/separable_block.h"

namespace graft {

namespace {

// A value that stands for all slices of an arena has the arena's size.
double bytes_of(const Plan& plan, ValueId id) {
  const Value& value = plan.value(id);
  return static_cast<double>(value.shape.count()) * static_cast<double>(size_of(value.dtype));
}

double log_of(int64_t count) { return std::log2(static_cast<double>(count)); }

constexpr int64_t few_channels = 8;  // of pictures

std::string_view filter_kind(const ConvProblem& p) {
  if (p.c < few_channels) return " stem";
  if (p.groups > 1) return p.depthwise() ? " depthwise" : " grouped";
  return p.r * p.s == 1 ? " 1x1" : " wide";
}

std::string kind_of(const ConvProblem& p) {
  const bool strided = p.stride_h > 1 && p.c >= few_channels;
  return text(filter_kind(p), strided ? " strided" : "", p.constant_weights ? " constant" : "");
}
std::array<double, 4> place_of(const ConvProblem& p) {
  return {log_of(p.n * p.p() * p.q()), log_of(p.c), log_of(p.k), log_of(p.r * p.s)};
}

std::string kind_of(const NormConvProblem& p) { return kind_of(p.conv); }
std::array<double, 4> place_of(const NormConvProblem& p) { return place_of(p.conv); }

std::string kind_of(const SeparableBlockProblem& p) {
  return text(filter_kind(p.expand), p.depthwise.stride_h > 1 ? " strided" : "");
}
std::array<double, 4> place_of(const SeparableBlockProblem& p) {
  const ConvProblem& d = p.depthwise;
  return {log_of(d.n * d.p() * d.q()), log_of(d.c), log_of(p.project.k), log_of(d.r * d.s)};
}

std::string kind_of(const DenseProblem&) { return ""; }
std::array<double, 4> place_of(const DenseProblem& p) {
  return {log_of(p.n), log_of(p.inputs), log_of(p.outputs), 0};
}

std::string kind_of(const PoolProblem& p) {
  const bool to_one = p.kind == PoolKind::average && p.p == 1 && p.q == 1;  // as adaptive ones mostly do
  if (p.adaptive || to_one) return " adaptive";
  return text(p.kind == PoolKind::max ? " max" : " average", p.saves_places ? " with places" : "");
}

using Products = OpList<ConvForward, ConvBackwardData, ConvBackwardWeights, NormConvForward, NormConvBackward,
                        SeparableBlock, DenseForward, DenseBackwardData, DenseBackwardWeights>;
using Pools = OpList<PoolForward, PoolBackward>;

}  // namespace

StepSize size_of_input(const Plan& plan) {
  StepSize size{.kind = "input"};
  for (ValueId id : plan.inputs) size.bytes += 2 * bytes_of(plan, id);  // read and written
  size.place[0] = std::log2(size.bytes);
  return size;
}

StepSize size_of_step(const Plan& plan, const Step& step) {
  StepSize size{.kind = std::string(step.op()), .flops = 2.0 * static_cast<double>(step.products())};
  for (ValueId id : step.reads()) size.bytes += bytes_of(plan, id);
  for (ValueId id : step.writes()) size.bytes += bytes_of(plan, id);
  size.place[0] = std::log2(size.bytes);
  with_step(Products(), step, [&](const auto& typed) {
    size.kind += kind_of(typed.problem());
    size.place = place_of(typed.problem());
  });
  with_step(Pools(), step, [&](const auto& typed) { size.kind += kind_of(typed.problem()); });
  return size;
}

}  // namespace graft
