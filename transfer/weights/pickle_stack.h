#pragma once

#include <vector>

#include "transfer/weights/pickle.h"

namespace graft {

// The stack, marks and memo of a pickle under way. Every misuse is Error{format} that names the place;
// nothing recurses and every instruction makes at most one value, so that a hostile pickle costs no more than
// a long one.
class PickleStack {
 public:
  using Values = std::vector<PickleValue>;

  PickleStack(const std::string& where, const ByteReader& in) : where_(where), in_(in) {}

  void check(bool sound, const char* complaint) const {
    GRAFT_CHECK(sound, format, where_, ": ", complaint, " at byte ", in_.position(),
                "; the pickle is damaged");
  }

  void push(PickleValue value) {
    check(++made_ <= most_values, "makes too many values");
    check(stack_.size() < deepest_stack, "fills its stack");
    stack_.push_back(value);
  }
  PickleValue& top() {
    check(stack_.size() > floor(), "takes a value from an empty stack");
    return stack_.back();
  }
  PickleValue pop() {
    const PickleValue value = top();
    stack_.pop_back();
    return value;
  }
  Values pop_last(size_t count) {
    check(stack_.size() - floor() >= count, "takes values from an empty stack");
    Values values(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return values;
  }
  void mark() {
    check(marks_.size() < most_marks, "nests too deeply");
    marks_.push_back(stack_.size());
  }
  Values pop_to_mark() {
    check(!marks_.empty(), "has no mark");
    Values values = pop_last(stack_.size() - marks_.back());
    marks_.pop_back();
    return values;
  }

  // Writers number the memo without gaps, from 0 or from 1.
  void memoize(size_t place) {
    check(place <= puts_ + 1, "skips places in its memo");
    ++puts_;
    check(puts_ <= most_values, "remembers too many values");
    if (place >= memo_.size()) memo_.resize(place + 1);
    memo_[place] = top();
  }
  void recall(size_t place) {
    check(place < memo_.size(), "recalls what it never remembered");
    push(memo_[place]);
  }

  size_t memo_size() const { return memo_.size(); }

  PickleValue only_value() const {
    check(stack_.size() == 1 && marks_.empty(), "ends with more or less than one value");
    return stack_.back();
  }

 private:
  static constexpr size_t most_values = size_t{1} << 22;  // some 160,000 tensors
  static constexpr size_t deepest_stack = size_t{1} << 18;
  static constexpr size_t most_marks = 1000;

  size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }

  const std::string& where_;
  const ByteReader& in_;
  Values stack_, memo_;
  std::vector<size_t> marks_;  // stack heights
  size_t made_ = 0, puts_ = 0;
};

}  // namespace graft
