#include "transfer/weights/pickle.h"

#include "transfer/weights/pickle_objects.h"
#include "transfer/weights/pickle_stack.h"

namespace graft {
namespace {

using Kind = PickleValue::Kind;

// A fixed list of instructions on a stack.
class Machine : PickleStack {
 public:
  Machine(const std::string& where, ByteReader& in) : PickleStack(where, in), where_(where), in_(in) {}

  Pickle run() {
    read_protocol();
    while (step(in_.read<uint8_t>())) {
    }
    pickle_.root = only_value();
    return std::move(pickle_);
  }

 private:
  void read_protocol() {
    check(in_.read<uint8_t>() == 0x80, "does not begin as a pickle of protocol 2 or later does");
    const auto protocol = in_.read<uint8_t>();
    GRAFT_CHECK(protocol >= 2 && protocol <= 5, format, where_, ": is a pickle of protocol ", int{protocol},
                "; graft reads 2 to 5");
  }

  void push_container(Kind kind, Values items = {}) {
    check(kind != Kind::dict || items.size() % 2 == 0, "has a dictionary key without a value");
    push(new_container(where_, pickle_, kind, std::move(items)));
  }
  void extend(Kind kind, const Values& items) {
    const PickleValue target = top();
    check(target.kind == kind, "adds to what cannot be added to");
    check(kind != Kind::dict || items.size() % 2 == 0, "has a dictionary key without a value");
    Values& container = pickle_.containers[static_cast<size_t>(target.number)];
    container.insert(container.end(), items.begin(), items.end());
  }

  void push_integer(int64_t value) { push({Kind::integer, value, {}}); }
  void push_text(Kind kind, uint64_t length) { push({kind, 0, in_.take_text(length)}); }

  void push_long(uint64_t length) {
    const std::string_view digits = in_.take_text(length);
    if (digits.size() > 8) return push({Kind::long_int, 0, digits});
    const bool negative = !digits.empty() && (digits.back() & 0x80);
    int64_t value = negative ? -1 : 0;
    std::memcpy(&value, digits.data(), digits.size());
    push_integer(value);
  }

  void global() {
    const std::string_view module = in_.take_line();
    push(known_global(where_, module, in_.take_line()));
  }
  void stack_global() {
    const PickleValue name = pop(), module = pop();
    check(name.kind == Kind::string && module.kind == Kind::string, "names a global without strings");
    push(known_global(where_, module.text, name.text));
  }
  void reduce() {
    const PickleValue arguments = pop(), callable = pop();
    push(construct(where_, pickle_, callable, arguments));
  }
  // An OrderedDict may carry attributes (PyTorch's _metadata); they hold no weights.
  void build() {
    pop();
    check(top().kind == Kind::dict, "sets attributes of what has none");
  }
  void load_persistent() { push(load_storage(where_, pickle_, pop())); }

  bool step(uint8_t instruction);
  bool step_container(uint8_t instruction);
  bool step_scalar(uint8_t instruction);

  const std::string& where_;
  ByteReader& in_;
  Pickle pickle_;
};

// False at the end of the pickle.
bool Machine::step(uint8_t instruction) {
  switch (instruction) {
    case '.':
      return false;
    case 0x95:
      in_.take(8);
      return true;  // a frame's length
    case '(':
      mark();
      return true;
    case '0':
      pop();
      return true;
    case '1':
      pop_to_mark();
      return true;
    case '2':
      push(top());
      return true;
    case 'q':
      memoize(in_.read<uint8_t>());
      return true;
    case 'r':
      memoize(in_.read<uint32_t>());
      return true;
    case 0x94:
      memoize(memo_size());
      return true;
    case 'h':
      recall(in_.read<uint8_t>());
      return true;
    case 'j':
      recall(in_.read<uint32_t>());
      return true;
    case 'c':
      global();
      return true;
    case 0x93:
      stack_global();
      return true;
    case 'R':
      reduce();
      return true;
    case 'b':
      build();
      return true;
    case 'Q':
      load_persistent();
      return true;
  }
  if (step_container(instruction) || step_scalar(instruction)) return true;
  fail(ErrorCode::format, where_, ": has the pickle instruction ", int{instruction}, " at byte ",
       in_.position() - 1, ", which no file of tensors needs; graft never executes pickles");
}

bool Machine::step_container(uint8_t instruction) {
  switch (instruction) {
    case ')':
      push_container(Kind::tuple);
      return true;
    case 't':
      push_container(Kind::tuple, pop_to_mark());
      return true;
    case 0x85:
      push_container(Kind::tuple, pop_last(1));
      return true;
    case 0x86:
      push_container(Kind::tuple, pop_last(2));
      return true;
    case 0x87:
      push_container(Kind::tuple, pop_last(3));
      return true;
    case ']':
      push_container(Kind::list);
      return true;
    case 'l':
      push_container(Kind::list, pop_to_mark());
      return true;
    case 'a':
      extend(Kind::list, pop_last(1));
      return true;
    case 'e':
      extend(Kind::list, pop_to_mark());
      return true;
    case '}':
      push_container(Kind::dict);
      return true;
    case 'd':
      push_container(Kind::dict, pop_to_mark());
      return true;
    case 's':
      extend(Kind::dict, pop_last(2));
      return true;
    case 'u':
      extend(Kind::dict, pop_to_mark());
      return true;
  }
  return false;
}

bool Machine::step_scalar(uint8_t instruction) {
  switch (instruction) {
    case 'N':
      push({});
      return true;
    case 0x88:
      push({Kind::boolean, 1, {}});
      return true;
    case 0x89:
      push({Kind::boolean, 0, {}});
      return true;
    case 'K':
      push_integer(in_.read<uint8_t>());
      return true;
    case 'M':
      push_integer(in_.read<uint16_t>());
      return true;
    case 'J':
      push_integer(in_.read<int32_t>());
      return true;
    case 0x8a:
      push_long(in_.read<uint8_t>());
      return true;
    case 0x8b:
      push_long(in_.read<uint32_t>());
      return true;
    case 'G':
      in_.take(8);
      push({Kind::real, 0, {}});
      return true;
    case 0x8c:
      push_text(Kind::string, in_.read<uint8_t>());
      return true;
    case 'X':
      push_text(Kind::string, in_.read<uint32_t>());
      return true;
    case 0x8d:
      push_text(Kind::string, in_.read<uint64_t>());
      return true;
    case 'U':
      push_text(Kind::string, in_.read<uint8_t>());
      return true;  // Python 2
    case 'T':
      push_text(Kind::string, in_.read<uint32_t>());
      return true;  // Python 2
    case 'C':
      push_text(Kind::bytes, in_.read<uint8_t>());
      return true;
    case 'B':
      push_text(Kind::bytes, in_.read<uint32_t>());
      return true;
    case 0x8e:
      push_text(Kind::bytes, in_.read<uint64_t>());
      return true;
    case 0x96:
      push_text(Kind::bytes, in_.read<uint64_t>());
      return true;
  }
  return false;
}

}  // namespace

Pickle read_pickle(const std::string& where, ByteReader& in) { return Machine(where, in).run(); }

}  // namespace graft
