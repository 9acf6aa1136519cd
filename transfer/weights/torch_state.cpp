#include "transfer/weights/torch_state.h"

#include <algorithm>
#include <set>

#include "transfer/weights/tensor_layout.h"

namespace graft {
namespace {

using Kind = PickleValue::Kind;

const std::vector<PickleValue>& items_of(const Pickle& pickle, const PickleValue& dict) {
  return pickle.containers[static_cast<size_t>(dict.number)];
}

const PickleValue* find_dict(const Pickle& pickle, const PickleValue& dict, std::string_view key) {
  const auto& items = items_of(pickle, dict);
  for (size_t i = 0; i + 1 < items.size(); i += 2)
    if (items[i].kind == Kind::string && items[i].text == key && items[i + 1].kind == Kind::dict)
      return &items[i + 1];
  return nullptr;
}

// A checkpoint wraps the state dictionary once or twice. The bound is for a dictionary that holds itself.
PickleValue unwrapped(const Pickle& pickle, PickleValue dict) {
  for (int depth = 0; depth < 4; ++depth) {
    const PickleValue* inner = nullptr;
    for (const char* key : {"state_dict", "model_state_dict", "model", "net"})
      if (!inner) inner = find_dict(pickle, dict, key);
    if (!inner) break;
    dict = *inner;
  }
  return dict;
}

NamedTensor located(const std::string& file, const Pickle& pickle, std::string_view name,
                    const PickleTensor& tensor, const StorageBytes& bytes) {
  const std::string where = file + ": " + printable(name);
  const PickleStorage& storage = pickle.storages[tensor.storage];
  const auto width = static_cast<int64_t>(size_of(storage.dtype));
  NamedTensor out;
  out.name = name;
  out.dtype = storage.dtype;
  out.shape = checked_shape(where, tensor.sizes);
  const int64_t end = reach(where, out.shape, tensor.strides);
  GRAFT_CHECK(
      tensor.offset >= 0 && tensor.offset <= storage.view_count && end <= storage.view_count - tensor.offset,
      format, where, ": reads elements ", tensor.offset, " to ", tensor.offset, " + ", end,
      " of a storage of ", storage.view_count);
  GRAFT_CHECK(out.shape.count() <= storage.view_count, format, where,
              ": is an expanded view, larger than its storage; save its contiguous() form");
  const std::span<const std::byte> record = bytes(storage);
  GRAFT_CHECK(storage.count <= static_cast<int64_t>(record.size()) / width, format, where, ": needs ",
              storage.count, " elements of ", width, " bytes; its storage ", printable(storage.key), " has ",
              record.size(), " bytes");
  if (!is_row_major(out.shape, tensor.strides)) out.strides = tensor.strides;
  out.data = record.data() + (storage.view_begin + tensor.offset) * width;
  return out;
}

void cut_module_prefix(std::vector<NamedTensor>& tensors) {
  constexpr std::string_view prefix = "module.";
  const auto carries = [&](const NamedTensor& tensor) { return tensor.name.starts_with(prefix); };
  if (!std::all_of(tensors.begin(), tensors.end(), carries)) return;
  for (NamedTensor& tensor : tensors) tensor.name.erase(0, prefix.size());
}

}  // namespace

std::vector<NamedTensor> torch_tensors(const std::string& file, const Pickle& pickle,
                                       const StorageBytes& bytes) {
  GRAFT_CHECK(pickle.root.kind == Kind::dict, format, file,
              ": holds no dictionary of tensors; save model.state_dict()");
  std::vector<NamedTensor> tensors;
  std::set<std::string_view> names;  // asked before any is copied: one long name can be repeated cheaply
  const auto& items = items_of(pickle, unwrapped(pickle, pickle.root));
  for (size_t i = 0; i + 1 < items.size(); i += 2) {
    const std::string_view name = items[i].text;
    if (items[i].kind != Kind::string || items[i + 1].kind != Kind::tensor) continue;
    GRAFT_CHECK(names.insert(name).second, format, file, ": has two tensors named ", printable(name));
    tensors.push_back(
        located(file, pickle, name, pickle.tensors[static_cast<size_t>(items[i + 1].number)], bytes));
  }
  GRAFT_CHECK(!tensors.empty(), format, file, ": holds no tensors at its top level, nor in ",
              "state_dict, model_state_dict, model or net; save model.state_dict()");
  cut_module_prefix(tensors);
  return tensors;
}

}  // namespace graft
