#pragma once

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/step.h"
#include "engine/tensor.h"

namespace graft {

enum class Storage : uint8_t {
  activation,  // in the plan's arena, alive from the first step that writes it to the last that reads it
  parameter,   // the three kinds of slices of Parameters
  gradient,
  slot,  // what the optimizer keeps: the whole arena
  statistic,
  constant,  // frozen: made once from the weights, and dropped again where an implementation packs it
};

constexpr int all_slices = -1;

struct Value {
  std::string name;
  Shape shape;
  DType dtype = DType::float32;
  Storage storage = Storage::activation;
  int slice = all_slices;      // which parameter or statistic
  bool kept = false;           // an input or output of the plan: alive throughout
  ValueId part_of = no_value;  // shares that value's memory, `offset` elements in
  int64_t offset = 0;
  int64_t pixel_stride = 0;
  bool moves = false;  // from turn to turn, along that value's images
  // Of a constant: writes its elements, in that type, to host memory.
  std::function<void(void*, DType)> fill = nullptr;
};

// The steps [first, last) of a plan compute a few images at a time, so that what one writes is still in the
// processor's caches when the next reads it: a turn for each few, all of the steps in each.
struct Stretch {
  int first, last;
  int64_t batch, images;  // of the plan, of a turn

  int turns() const { return static_cast<int>((batch + images - 1) / images); }
  // The last turn ends with the batch, and computes some images again where they do not come out even.
  int64_t first_image(int turn) const { return std::min(turn * images, batch - images); }
};

// A straight line of steps: forward, loss, backward, update. All shapes are known; nothing in it decides
// anything any more.
class Plan {
 public:
  ValueId add(Value value);
  ValueId activation(std::string name, const Shape& shape, DType dtype);
  // Channels [first, first + c) of another activation; of [N,C] as N,1,1,c.
  ValueId slice_of(ValueId whole, int64_t first, int64_t c, std::string name);

  // Of a value of the batch: the images of the turn that runs.
  ValueId turn_of(ValueId batch, int64_t images);

  Value& value(ValueId id) { return values_.at(id); }
  const Value& value(ValueId id) const { return values_.at(id); }
  int value_count() const { return static_cast<int>(values_.size()); }
  // Whether it is, or lies in, the images of a turn.
  bool moves(ValueId id) const;
  // The value whose memory this one lives in.
  ValueId root(ValueId id) const;

  template <class Op>
  OpStep<Op>& emit(const std::string& layer, Phase phase, const typename Op::Problem& problem,
                   std::vector<Operand<Op>> operands, typename Op::Args args = {}) {
    auto step = std::make_unique<OpStep<Op>>(layer, phase, problem, std::move(operands), std::move(args));
    OpStep<Op>& reference = *step;
    steps_.push_back(std::move(step));
    return reference;
  }

  std::vector<std::unique_ptr<Step>>& steps() { return steps_; }
  const std::vector<std::unique_ptr<Step>>& steps() const { return steps_; }

  std::vector<Stretch> stretches;             // in order
  const Stretch* stretch_of(int step) const;  // null: the step computes the whole batch
  std::vector<int> order() const;             // which step runs when: those of a stretch once a turn

  // Inputs in the order of the lowering's request; labels where there is a loss.
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
  ValueId labels = no_value;  // int32 [N]
  ValueId losses = no_value;  // [N]: each sample's weighted loss

 private:
  std::vector<Value> values_;
  std::vector<std::unique_ptr<Step>> steps_;
};

}  // namespace graft
