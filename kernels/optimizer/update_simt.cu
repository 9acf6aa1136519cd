#include "kernels/optimizer/optimizer_kernels.h"
#include "kernels/simt.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

constexpr int elements_per_thread = 8, elements_per_block = threads_per_block * elements_per_thread;

struct Segments {
  const OptimizerSegment* list;  // by place in the arena; there may be gaps
  int64_t count;

  // The first that ends behind i; `count` if none does.
  GRAFT_DEVICE int64_t find(int64_t i) const {
    int64_t low = 0, high = count;
    while (low < high) {
      const int64_t middle = (low + high) / 2;
      if (list[middle].end > i)
        high = middle;
      else
        low = middle + 1;
    }
    return low;
  }
};

struct Sgd {
  float *values, *velocity;
  const float* gradients;
  float momentum;
  float clip = 0, rate = 0, decay = 0;

  GRAFT_DEVICE void enter(const OptimizerSegment& segment, const StepState& state) {
    clip = static_cast<float>(state.clip_factor);
    rate = static_cast<float>(state.learning_rate * segment.rate_scale);
    decay = static_cast<float>(segment.decay);
  }
  GRAFT_DEVICE void update(int64_t i) const {
    const float moved = momentum * velocity[i] + (clip * gradients[i] + decay * values[i]);
    velocity[i] = moved;
    values[i] -= rate * moved;
  }
};

struct AdamW {
  float *values, *first, *second;
  const float* gradients;
  double beta1, beta2;
  float epsilon;
  float clip = 0, shrink = 0, step = 0, correction = 0;

  GRAFT_DEVICE void enter(const OptimizerSegment& segment, const StepState& state) {
    const double updates = static_cast<double>(state.step - segment.born + 1);
    const double rate = state.learning_rate * segment.rate_scale;
    clip = static_cast<float>(state.clip_factor);
    shrink = static_cast<float>(1 - rate * segment.decay);
    step = static_cast<float>(rate / (1 - pow(beta1, updates)));
    correction = static_cast<float>(1 / sqrt(1 - pow(beta2, updates)));
  }
  GRAFT_DEVICE void update(int64_t i) const {
    const float g = clip * gradients[i];
    const float m = static_cast<float>(beta1) * first[i] + static_cast<float>(1 - beta1) * g;
    const float v = static_cast<float>(beta2) * second[i] + static_cast<float>(1 - beta2) * g * g;
    first[i] = m;
    second[i] = v;
    values[i] = shrink * values[i] - step * m / (sqrtf(v) * correction + epsilon);
  }
};

// A block takes 2048 neighbours, so that a thread looks its segment up once and then only walks on.
template <class Rule>
GRAFT_KERNEL_BOUNDED(threads_per_block)
void optimizer_update_simt_kernel(Rule rule, Segments segments, int64_t count, const StepState* state) {
  int64_t i = int64_t{block_index().x} * elements_per_block + thread_index().x;
  int64_t s = segments.find(i), entered = -1;
  for (int k = 0; k < elements_per_thread; ++k, i += threads_per_block) {
    while (s < segments.count && segments.list[s].end <= i) ++s;
    if (i >= count || s == segments.count) return;
    if (i < segments.list[s].begin) continue;
    if (s != entered) rule.enter(segments.list[s], *state);
    entered = s;
    rule.update(i);
  }
}

Segments segments_of(const TensorView& view, int64_t count) {
  return {static_cast<const OptimizerSegment*>(view.data), count};
}

}  // namespace

void sgd_simt(const SgdProblem& p, const SgdUpdate::Args& args, const RunContext& context) {
  const Sgd rule{floats(args.values), floats(args.velocity), floats(args.gradients),
                 static_cast<float>(p.momentum)};
  launch("sgd_simt", optimizer_update_simt_kernel<Sgd>, {blocks_for(p.count, elements_per_block)},
         {threads_per_block}, 0, context.stream, rule, segments_of(args.segments, p.segments), p.count,
         context.state);
}

void adamw_simt(const AdamWProblem& p, const AdamWUpdate::Args& args, const RunContext& context) {
  const AdamW rule{floats(args.values),
                   floats(args.first_moment),
                   floats(args.second_moment),
                   floats(args.gradients),
                   p.beta1,
                   p.beta2,
                   static_cast<float>(p.epsilon)};
  launch("adamw_simt", optimizer_update_simt_kernel<AdamW>, {blocks_for(p.count, elements_per_block)},
         {threads_per_block}, 0, context.stream, rule, segments_of(args.segments, p.segments), p.count,
         context.state);
}

}  // namespace graft::GRAFT_TARGET
