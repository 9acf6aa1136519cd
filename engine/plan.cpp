#include "engine/plan.h"

#include "engine/check.h"

namespace graft {

std::string_view name_of(Phase phase) {
  constexpr std::string_view names[] = {"forward", "loss", "backward", "update"};
  return names[static_cast<size_t>(phase)];
}

ValueId Plan::add(Value value) {
  if (value.pixel_stride == 0 && value.shape.rank() == 4) value.pixel_stride = value.shape.c();
  values_.push_back(std::move(value));
  return static_cast<ValueId>(values_.size()) - 1;
}

ValueId Plan::activation(std::string name, const Shape& shape, DType dtype) {
  return add({.name = std::move(name), .shape = shape, .dtype = dtype});
}

ValueId Plan::slice_of(ValueId whole, int64_t first, int64_t c, std::string name) {
  const Value& parent = value(whole);
  const Shape& s = parent.shape;
  const bool rows = s.rank() == 2;
  return add({.name = std::move(name),
              .shape = {s.n(), rows ? 1 : s.h(), rows ? 1 : s.w(), c},
              .dtype = parent.dtype,
              .part_of = whole,
              .offset = first,
              .pixel_stride = rows ? s[1] : parent.pixel_stride});
}

ValueId Plan::turn_of(ValueId whole, int64_t images) {
  Value turn = value(whole);
  turn.shape[0] = images;
  turn.kept = false;
  turn.part_of = whole;
  turn.moves = true;
  return add(std::move(turn));
}

bool Plan::moves(ValueId id) const {
  for (; id != no_value; id = values_[id].part_of)
    if (values_[id].moves) return true;
  return false;
}

std::pair<int, int> Plan::stretch() const {
  const auto in_turns = [](const auto& step) { return step->in_turns(); };
  const auto first = std::ranges::find_if(steps_, in_turns);
  const auto last = std::find_if_not(first, steps_.end(), in_turns);
  GRAFT_CHECK(std::none_of(last, steps_.end(), in_turns), call, "a plan has one stretch of turns");
  return {static_cast<int>(first - steps_.begin()), static_cast<int>(last - steps_.begin())};
}

ValueId Plan::root(ValueId id) const {
  while (values_[id].part_of != no_value) id = values_[id].part_of;
  return id;
}

}  // namespace graft
