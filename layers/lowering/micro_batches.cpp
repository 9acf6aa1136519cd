#include "layers/lowering/micro_batches.h"

#include <algorithm>
#include <map>

#include "engine/op_list.h"
#include "kernels/activation/activation.h"
#include "kernels/batch_norm/batch_norm.h"
#include "kernels/channel_scale/channel_scale.h"
#include "kernels/channel_shuffle/channel_shuffle.h"
#include "kernels/conv/conv.h"
#include "kernels/elementwise/cast.h"
#include "kernels/elementwise/elementwise.h"
#include "kernels/elementwise/multiply.h"
#include "kernels/gemm/dense.h"
#include "kernels/layer_norm/layer_norm.h"
#include "kernels/local_response_norm/local_response_norm.h"
#include "kernels/pool/pool.h"
#include "kernels/prelu/prelu.h"
#include "kernels/separable_block/separable_block.h"
#include "kernels/upsample/upsample.h"

namespace graft {

namespace {

// What they compute of an image depends on no other.
using ImageByImage =
    OpList<ConvForward, DenseForward, PoolForward, ActivationForward, BatchNormForward, LayerNormForward,
           LocalResponseNormForward, PreluForward, ChannelScaleForward, MultiplyForward, UpsampleForward,
           ChannelShuffle, SeparableBlock, Add, Copy, Cast>;

bool mixes_images(const BatchNormProblem& p) { return p.batch_statistics; }
template <class Problem>
bool mixes_images(const Problem&) {
  return false;
}

template <class Problem>
Problem divided(Problem p, int64_t batch, int64_t images) {
  const auto share = [&](int64_t& count) { count = count / batch * images; };
  if constexpr (requires { p.n; })
    share(p.n);
  else if constexpr (requires { p.rows; })
    share(p.rows);
  else if constexpr (requires { p.pixels; })
    share(p.pixels);
  else
    share(p.count);
  return p;
}

SeparableBlockProblem divided(SeparableBlockProblem p, int64_t batch, int64_t images) {
  for (ConvProblem* conv : {&p.expand, &p.depthwise, &p.project}) *conv = divided(*conv, batch, images);
  return p;
}

class Turns {
 public:
  Turns(Plan& plan, size_t cache_bytes)
      : plan_(plan), cache_bytes_(cache_bytes), batch_(plan.value(plan.inputs.at(0)).shape[0]) {
    find_images();
    find_lives();
  }

  void divide() {
    const int steps = static_cast<int>(plan_.steps().size());
    for (int first = 0; first < steps; ++first) {
      int last = first;
      while (last < steps && able(last)) ++last;
      while (first < last) first = std::max(first + 1, divide(first, last));
    }
  }

 private:
  Step& step(int i) { return *plan_.steps()[i]; }

  // By root: whether it has something for each image, as the inputs and what is made of them.
  void find_images() {
    holds_images_.resize(plan_.value_count());
    for (ValueId id : plan_.inputs) holds_images_[plan_.root(id)] = true;
    for (const auto& step : plan_.steps()) {
      if (std::ranges::none_of(step->reads(), [&](ValueId id) { return of_images(id); })) continue;
      for (ValueId id : step->writes())
        if (is_batch(id)) holds_images_[plan_.root(id)] = true;
    }
  }
  bool is_batch(ValueId id) const {
    const Value& value = plan_.value(id);
    return value.storage == Storage::activation && value.shape.rank() >= 2 && value.shape[0] == batch_;
  }
  bool of_images(ValueId id) const { return is_batch(id) && holds_images_[plan_.root(id)]; }

  // By root: the first and last step that touches it, and how many operands do.
  void find_lives() {
    first_.assign(plan_.value_count(), static_cast<int>(plan_.steps().size()));
    last_.assign(plan_.value_count(), -1);
    touches_.assign(plan_.value_count(), 0);
    for (int i = 0; i < static_cast<int>(plan_.steps().size()); ++i)
      for_each_operand(step(i), [&](ValueId id) {
        const ValueId root = plan_.root(id);
        first_[root] = std::min(first_[root], i);
        last_[root] = i;
        ++touches_[root];
      });
    for (ValueId id = 0; id < plan_.value_count(); ++id)
      if (plan_.value(id).kept) first_[plan_.root(id)] = -1;
  }
  template <class Take>
  static void for_each_operand(const Step& step, const Take& take) {
    for (ValueId id : step.reads()) take(id);
    for (ValueId id : step.writes())
      if (std::ranges::find(step.reads(), id) == step.reads().end()) take(id);
  }

  bool able(int i) {
    if (step(i).phase() != Phase::forward || !of_images(step(i).reads().front())) return false;
    bool able = false;
    with_step(ImageByImage(), step(i), [&](auto& typed) { able = !mixes_images(typed.problem()); });
    return able && std::ranges::all_of(step(i).writes(), [&](ValueId id) { return of_images(id); });
  }

  int64_t bytes(ValueId id) const {
    const Value& value = plan_.value(id);
    return value.shape.count() * static_cast<int64_t>(size_of(value.dtype));
  }

  // Of a turn: as many as what a step reads and writes has room for, or fewer where that leaves fewer to be
  // computed again: in as many turns, or with up to a third less in each.
  int64_t images_of(int first, int last) {
    int64_t most = 1;
    for (int i = first; i < last; ++i) {
      int64_t sum = 0;
      for_each_operand(step(i), [&](ValueId id) { sum += of_images(id) ? bytes(id) / batch_ : 0; });
      most = std::max(most, sum);
    }
    const int64_t room = std::clamp<int64_t>(static_cast<int64_t>(cache_bytes_) / most, 1, batch_);
    const auto turns = [&](int64_t images) { return Stretch{0, 0, batch_, images}.turns(); };
    int64_t best = room, fewest = batch_ + room;
    for (int64_t images = room; images > 0 && (turns(images) == turns(room) || 3 * images >= 2 * room);
         --images) {
      const int64_t computed = turns(images) * images;
      if (computed < fewest) fewest = computed, best = images;
    }
    return best;
  }

  // Of the stretches that begin with `first` the one that spares most; where there is one, divides it and
  // returns its end, else `first`.
  int divide(int first, int last) {
    const int64_t images = images_of(first, last);
    if (images == batch_) return first;
    int end = first;
    int64_t spared = 0, most = 0;
    for (int i = first; i < last; ++i) {
      spared += spared_by(i, first, images);
      if (spared > most) most = spared, end = i + 1;
    }
    if (end > first) divide({first, end, batch_, images});
    return end;
  }

  // Traffic with memory, in bytes a turn, that a stretch spares for having come as far as step i: of values
  // that nobody reads behind it. What lasts longer has to reach memory anyway.
  int64_t spared_by(int i, int first, int64_t images) {
    int64_t sum = 0;
    for_each_operand(step(i), [&](ValueId id) {
      const ValueId root = plan_.root(id);
      if (!of_images(id))
        sum -= bytes(id) * (plan_.value(id).storage == Storage::constant ? 1 : weight_passes);
      else if (first_[root] >= first && last_[root] == i)
        sum += touches_[root] * (bytes(root) / batch_ * images);
    });
    return sum;
  }

  void divide(const Stretch& stretch) {
    shorten(stretch);
    std::map<ValueId, ValueId> of_turn;
    for (int i = stretch.first; i < stretch.last; ++i) {
      with_step(ImageByImage(), step(i),
                [&](auto& typed) { typed.set_problem(divided(typed.problem(), batch_, stretch.images)); });
      step(i).replace([&](ValueId id, Access) {
        if (!of_images(id)) return id;
        const auto [found, is_new] = of_turn.try_emplace(id, no_value);
        if (is_new) found->second = plan_.turn_of(id, stretch.images);
        return found->second;
      });
      step(i).set_turns(stretch.turns());
    }
    plan_.stretches.push_back(stretch);
  }

  // What only the stretch touches needs memory for the images of a turn.
  void shorten(const Stretch& stretch) {
    for (ValueId id = 0; id < plan_.value_count(); ++id) {
      const ValueId root = plan_.root(id);
      if (holds_images_[root] && first_[root] >= stretch.first && last_[root] < stretch.last)
        plan_.value(id).shape[0] = stretch.images;
    }
  }

  // Weights that are no constants are packed anew in each turn: read, written, and read.
  static constexpr int64_t weight_passes = 3;

  Plan& plan_;
  const size_t cache_bytes_;
  const int64_t batch_;
  std::vector<bool> holds_images_;           // by root
  std::vector<int> first_, last_, touches_;  // by root
};

}  // namespace

void run_in_turns(Plan& plan, size_t cache_bytes) {
  if (cache_bytes > 0 && !plan.inputs.empty()) Turns(plan, cache_bytes).divide();
}

}  // namespace graft
