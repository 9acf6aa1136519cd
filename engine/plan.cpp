#include "engine/plan.h"

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

ValueId Plan::turn_of(ValueId batch, int64_t images) {
  Value turn = value(batch);
  turn.shape[0] = images;
  turn.kept = false;
  turn.offset = 0;
  turn.part_of = batch;
  turn.moves = true;
  return add(std::move(turn));
}

bool Plan::moves(ValueId id) const {
  for (; id != no_value; id = values_[id].part_of)
    if (values_[id].moves) return true;
  return false;
}

const Stretch* Plan::stretch_of(int step) const {
  for (const Stretch& stretch : stretches)
    if (stretch.first <= step && step < stretch.last) return &stretch;
  return nullptr;
}

std::vector<int> Plan::order() const {
  std::vector<int> order;
  for (int i = 0; i < static_cast<int>(steps_.size()); ++i) {
    order.push_back(i);
    const Stretch* stretch = stretch_of(i);
    if (!stretch || i + 1 != stretch->last) continue;
    for (int turn = 1; turn < stretch->turns(); ++turn)
      for (int again = stretch->first; again < stretch->last; ++again) order.push_back(again);
  }
  return order;
}

ValueId Plan::root(ValueId id) const {
  while (values_[id].part_of != no_value) id = values_[id].part_of;
  return id;
}

}  // namespace graft
