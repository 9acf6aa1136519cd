#include "transfer/weights/pickle_objects.h"

#include <optional>

#include "engine/shape.h"

namespace graft {
namespace {

using Kind = PickleValue::Kind;
using Values = std::vector<PickleValue>;

enum Callable : int64_t { ordered_dict, rebuild_tensor, rebuild_parameter };

std::optional<DType> storage_dtype(std::string_view name) {
  constexpr std::pair<std::string_view, DType> types[] = {
      {"FloatStorage", DType::float32}, {"DoubleStorage", DType::float64},
      {"HalfStorage", DType::float16},  {"BFloat16Storage", DType::bfloat16},
      {"LongStorage", DType::int64},    {"IntStorage", DType::int32},
      {"ShortStorage", DType::int16},   {"CharStorage", DType::int8},
      {"ByteStorage", DType::uint8},    {"BoolStorage", DType::uint8},
  };
  for (const auto& [known, dtype] : types)
    if (known == name) return dtype;
  return std::nullopt;
}

const Values& items_of(const std::string& where, const Pickle& pickle, const PickleValue& value,
                       const char* what) {
  GRAFT_CHECK(value.kind == Kind::tuple || value.kind == Kind::list, format, where, ": ", what,
              " is no tuple; the pickle is damaged");
  return pickle.containers[static_cast<size_t>(value.number)];
}

int64_t integer_of(const std::string& where, const PickleValue& value, const char* what) {
  GRAFT_CHECK(value.kind == Kind::integer, format, where, ": ", what,
              " is no integer; the pickle is damaged");
  return value.number;
}

std::string_view string_of(const std::string& where, const PickleValue& value, const char* what) {
  GRAFT_CHECK(value.kind == Kind::string, format, where, ": ", what, " is no string; the pickle is damaged");
  return value.text;
}

// Sizes and strides: few, for a long list could be copied by many tensors.
std::vector<int64_t> integers_of(const std::string& where, const Pickle& pickle, const PickleValue& value,
                                 const char* what) {
  const Values& items = items_of(where, pickle, value, what);
  GRAFT_CHECK(items.size() <= Shape::max_rank, format, where, ": a tensor has ", items.size(),
              " dimensions; graft reads at most ", Shape::max_rank);
  std::vector<int64_t> integers;
  for (const PickleValue& item : items) integers.push_back(integer_of(where, item, what));
  return integers;
}

void check_room(const std::string& where, const Pickle& pickle, size_t items) {
  constexpr size_t most_items = size_t{1} << 22;
  GRAFT_CHECK(items <= most_items && pickle.items <= most_items - items, format, where,
              ": its containers hold too many values; the pickle is damaged");
}

// OrderedDict(), or Python 2's OrderedDict([[key, value], ...]).
PickleValue make_ordered_dict(const std::string& where, Pickle& pickle, const Values& arguments) {
  constexpr const char* content = "an OrderedDict's content";
  Values items;
  check_room(where, pickle,
             arguments.empty() ? 0 : 2 * items_of(where, pickle, arguments[0], content).size());
  if (!arguments.empty())
    for (const PickleValue& pair : items_of(where, pickle, arguments[0], content)) {
      const Values& key_and_value = items_of(where, pickle, pair, "an OrderedDict's item");
      GRAFT_CHECK(key_and_value.size() == 2, format, where, ": an OrderedDict's item is no pair");
      items.insert(items.end(), key_and_value.begin(), key_and_value.end());
    }
  return new_container(where, pickle, Kind::dict, std::move(items));
}

bool empty_or_none(const Pickle& pickle, const PickleValue& value) {
  return value.kind == Kind::none ||
         (value.kind == Kind::dict && pickle.containers[static_cast<size_t>(value.number)].empty());
}

// _rebuild_tensor(storage, offset, sizes, strides), and in version 2: requires_grad, hooks and metadata,
// which marks tensors whose stored values are to be negated or conjugated.
PickleValue make_tensor(const std::string& where, Pickle& pickle, const Values& arguments) {
  GRAFT_CHECK(arguments.size() >= 4 && arguments.size() <= 7, format, where, ": a tensor is described by ",
              arguments.size(), " values; 4 to 7 are known");
  GRAFT_CHECK(arguments[0].kind == Kind::storage, format, where, ": a tensor has no storage");
  GRAFT_CHECK(arguments.size() < 7 || empty_or_none(pickle, arguments[6]), format, where,
              ": a tensor is stored in a changed form (negated or conjugated) that graft does not read");
  PickleTensor tensor;
  tensor.storage = static_cast<size_t>(arguments[0].number);
  tensor.offset = integer_of(where, arguments[1], "a tensor's offset");
  tensor.sizes = integers_of(where, pickle, arguments[2], "a tensor's sizes");
  tensor.strides = integers_of(where, pickle, arguments[3], "a tensor's strides");
  pickle.tensors.push_back(std::move(tensor));
  return {Kind::tensor, static_cast<int64_t>(pickle.tensors.size()) - 1, {}};
}

}  // namespace

PickleValue new_container(const std::string& where, Pickle& pickle, Kind kind, Values items) {
  check_room(where, pickle, items.size());
  pickle.items += items.size();
  pickle.containers.push_back(std::move(items));
  return {kind, static_cast<int64_t>(pickle.containers.size()) - 1, {}};
}

PickleValue known_global(const std::string& where, std::string_view module, std::string_view name) {
  if (module == "collections" && name == "OrderedDict") return {Kind::callable, ordered_dict, {}};
  if (module == "torch._utils") {
    if (name == "_rebuild_tensor_v2" || name == "_rebuild_tensor")
      return {Kind::callable, rebuild_tensor, {}};
    if (name == "_rebuild_parameter") return {Kind::callable, rebuild_parameter, {}};
  }
  if (module == "torch" || module == "torch.cuda")
    if (const auto dtype = storage_dtype(name)) return {Kind::storage_type, static_cast<int64_t>(*dtype), {}};
  fail(ErrorCode::format, where, ": asks for ", printable(module), ".", printable(name),
       "; graft never executes pickles, it reads tensors only: save model.state_dict() or safetensors");
}

PickleValue construct(const std::string& where, Pickle& pickle, const PickleValue& callable,
                      const PickleValue& arguments) {
  GRAFT_CHECK(callable.kind == Kind::callable, format, where,
              ": calls what is no constructor; the pickle is damaged");
  const Values& given = items_of(where, pickle, arguments, "a constructor's argument list");
  GRAFT_CHECK(given.size() <= 7, format, where, ": gives a constructor ", given.size(), " arguments");
  const Values values = given;  // a copy: making a container moves the others
  if (callable.number == ordered_dict) return make_ordered_dict(where, pickle, values);
  if (callable.number == rebuild_tensor) return make_tensor(where, pickle, values);
  GRAFT_CHECK(!values.empty() && values[0].kind == Kind::tensor, format, where,
              ": a parameter has no tensor");
  return values[0];
}

PickleValue load_storage(const std::string& where, Pickle& pickle, const PickleValue& persistent_id) {
  const Values& id = items_of(where, pickle, persistent_id, "a storage's id");
  GRAFT_CHECK((id.size() == 5 || id.size() == 6) && string_of(where, id[0], "a storage's tag") == "storage",
              format, where, ": holds a persistent object that is no tensor storage");
  GRAFT_CHECK(id[1].kind == Kind::storage_type, format, where, ": a storage has no element type");
  PickleStorage storage;
  storage.dtype = static_cast<DType>(id[1].number);
  storage.key = string_of(where, id[2], "a storage's key");
  GRAFT_CHECK(storage.key.size() <= 256, format, where, ": a storage's key has ", storage.key.size(),
              " bytes");
  storage.count = integer_of(where, id[4], "a storage's size");
  GRAFT_CHECK(storage.count >= 0, format, where, ": a storage has the negative size ", storage.count);
  storage.view_count = storage.count;
  if (id.size() == 6 && id[5].kind != Kind::none) {
    const Values& view = items_of(where, pickle, id[5], "a storage's view");
    GRAFT_CHECK(view.size() == 3, format, where, ": a storage's view is damaged");
    storage.view_begin = integer_of(where, view[1], "a view's offset");
    storage.view_count = integer_of(where, view[2], "a view's size");
    GRAFT_CHECK(storage.view_begin >= 0 && storage.view_begin <= storage.count && storage.view_count >= 0 &&
                    storage.view_count <= storage.count - storage.view_begin,
                format, where, ": a view lies outside its storage ", printable(storage.key));
  }
  pickle.storages.push_back(storage);
  return {Kind::storage, static_cast<int64_t>(pickle.storages.size()) - 1, {}};
}

}  // namespace graft
