#include "kernels/optimizer/optimizer_kernels.h"
#include "kernels/vector.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

constexpr int quads_per_thread = 2, elements_per_block = threads_per_block * 4 * quads_per_thread;

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

struct Arena {
  float* values;
  const float* gradients;
  float* slots[2];
  int64_t count;
  bool aligned;
};

struct Sgd {
  static constexpr int slots = 1;
  struct Settings {
    float clip, rate, decay;
  };
  float momentum;

  GRAFT_DEVICE Settings settings(const OptimizerSegment& segment, const StepState& state) const {
    return {static_cast<float>(state.clip_factor),
            static_cast<float>(state.learning_rate * segment.rate_scale), static_cast<float>(segment.decay)};
  }
  GRAFT_DEVICE void update(const Settings& s, float gradient, float& value, float* slot) const {
    const float moved = momentum * slot[0] + (s.clip * gradient + s.decay * value);
    slot[0] = moved;
    value -= s.rate * moved;
  }
};

struct AdamW {
  static constexpr int slots = 2;
  struct Settings {
    float clip, shrink, step, correction;
  };
  double beta1, beta2;
  float epsilon;

  GRAFT_DEVICE Settings settings(const OptimizerSegment& segment, const StepState& state) const {
    const double updates = static_cast<double>(state.step - segment.born + 1);
    const double rate = state.learning_rate * segment.rate_scale;
    return {static_cast<float>(state.clip_factor), static_cast<float>(1 - rate * segment.decay),
            static_cast<float>(rate / (1 - pow(beta1, updates))),
            static_cast<float>(1 / sqrt(1 - pow(beta2, updates)))};
  }
  GRAFT_DEVICE void update(const Settings& s, float gradient, float& value, float* slot) const {
    const float g = s.clip * gradient;
    const float m = static_cast<float>(beta1) * slot[0] + static_cast<float>(1 - beta1) * g;
    const float v = static_cast<float>(beta2) * slot[1] + static_cast<float>(1 - beta2) * g * g;
    slot[0] = m;
    slot[1] = v;
    value = s.shrink * value - s.step * m / (sqrtf(v) * s.correction + epsilon);
  }
};

template <int width, class Rule>
GRAFT_DEVICE void update(const Rule& rule, const typename Rule::Settings& settings, const Arena& arena,
                         int64_t i) {
  const Floats<width> gradients = load_floats<width>(arena.gradients + i);
  Floats<width> values = load_floats<width>(arena.values + i), slots[Rule::slots];
  GRAFT_UNROLL
  for (int k = 0; k < Rule::slots; ++k) slots[k] = load_floats<width>(arena.slots[k] + i);
  GRAFT_UNROLL
  for (int j = 0; j < width; ++j) {
    float slot[Rule::slots];
    GRAFT_UNROLL
    for (int k = 0; k < Rule::slots; ++k) slot[k] = slots[k].at[j];
    rule.update(settings, gradients.at[j], values.at[j], slot);
    GRAFT_UNROLL
    for (int k = 0; k < Rule::slots; ++k) slots[k].at[j] = slot[k];
  }
  store_floats(arena.values + i, values);
  GRAFT_UNROLL
  for (int k = 0; k < Rule::slots; ++k) store_floats(arena.slots[k] + i, slots[k]);
}

// Segments whose settings the block has made.
template <class Rule>
struct Shared {
  struct Held {
    int64_t begin, end;
    typename Rule::Settings settings;
  } held[threads_per_block];
};

// One quad, from the held segment s on: as a whole where one segment has it all, else element by element.
template <class Rule>
GRAFT_DEVICE void update_quad(const Rule& rule, const Shared<Rule>& shared, int held, const Arena& arena,
                              int64_t i, int& s) {
  const auto reach = [&](int64_t place) {
    while (s < held && shared.held[s].end <= place) ++s;
    return s < held;
  };
  if (!reach(i)) return;
  if (arena.aligned && shared.held[s].begin <= i && i + 4 <= shared.held[s].end)
    return update<4>(rule, shared.held[s].settings, arena, i);
  for (int64_t j = i; j < i + 4 && j < arena.count && reach(j); ++j)
    if (shared.held[s].begin <= j) update<1>(rule, shared.held[s].settings, arena, j);
}

// A block takes 2048 neighbours: it finds its first segment once, its threads make the settings of up to 256
// segments side by side (AdamW's two powers of doubles cost more than an element's update), and then walk
// over their quads. Bound by memory: SGD moves 20 bytes an element for 5 FLOPs, AdamW 28 for 14.
template <class Rule>
GRAFT_KERNEL_BOUNDED(threads_per_block)
void optimizer_update_simt_kernel(Rule rule, Arena arena, Segments segments, const StepState* state) {
  auto& shared = shared_memory<Shared<Rule>>();
  const int t = thread_index().x;
  const int64_t begin = int64_t{block_index().x} * elements_per_block, end = begin + elements_per_block;
  for (int64_t first = segments.find(begin); first < segments.count && segments.list[first].begin < end;
       first += threads_per_block) {
    const int64_t rest = segments.count - first;
    const int held = rest < threads_per_block ? static_cast<int>(rest) : threads_per_block;
    block_barrier();  // whoever still reads the segments before these
    if (t < held) {
      const OptimizerSegment& mine = segments.list[first + t];
      shared.held[t] = {mine.begin, mine.end, {}};
      if (mine.begin < end) shared.held[t].settings = rule.settings(mine, *state);
    }
    block_barrier();
    int s = 0;
    for (int k = 0; k < quads_per_thread; ++k)
      update_quad(rule, shared, held, arena, begin + int64_t{k * threads_per_block + t} * 4, s);
  }
}

template <class Rule>
void launch_update(const char* name, const Rule& rule, const Arena& arena, const TensorView& segments,
                   int64_t segment_count, const RunContext& context) {
  launch(name, optimizer_update_simt_kernel<Rule>, {blocks_for(arena.count, elements_per_block)},
         {threads_per_block}, sizeof(Shared<Rule>), context.stream, rule, arena,
         Segments{static_cast<const OptimizerSegment*>(segments.data), segment_count}, context.state);
}

}  // namespace

void sgd_simt(const SgdProblem& p, const SgdUpdate::Args& args, const RunContext& context) {
  float *values = floats(args.values), *gradients = floats(args.gradients), *velocity = floats(args.velocity);
  launch_update(
      "sgd_simt", Sgd{static_cast<float>(p.momentum)},
      {values, gradients, {velocity, nullptr}, p.count, four_at_a_time({values, gradients, velocity}, 4)},
      args.segments, p.segments, context);
}

void adamw_simt(const AdamWProblem& p, const AdamWUpdate::Args& args, const RunContext& context) {
  float *values = floats(args.values), *gradients = floats(args.gradients),
        *first = floats(args.first_moment), *second = floats(args.second_moment);
  launch_update(
      "adamw_simt", AdamW{p.beta1, p.beta2, static_cast<float>(p.epsilon)},
      {values, gradients, {first, second}, p.count, four_at_a_time({values, gradients, first, second}, 4)},
      args.segments, p.segments, context);
}

}  // namespace graft::GRAFT_TARGET
