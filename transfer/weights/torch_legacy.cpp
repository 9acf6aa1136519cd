#include "transfer/weights/torch_legacy.h"

#include <map>

#include "transfer/weights/torch_state.h"

namespace graft {
namespace {

using Kind = PickleValue::Kind;

constexpr std::string_view magic("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10);
constexpr int64_t known_protocol = 1001;

void check_magic(const FileBytes& file, ByteReader& in) {
  const Pickle pickle = read_pickle(file.name, in);
  GRAFT_CHECK(pickle.root.kind == Kind::long_int && pickle.root.text == magic, format, file.name,
              ": is a pickle, but none that torch.save wrote");
}

void check_protocol(const FileBytes& file, ByteReader& in) {
  const Pickle pickle = read_pickle(file.name, in);
  GRAFT_CHECK(pickle.root.kind == Kind::integer && pickle.root.number == known_protocol, format, file.name,
              ": has PyTorch file protocol ", pickle.root.number, "; graft reads ", known_protocol);
}

void check_machine(const FileBytes& file, ByteReader& in) {
  const Pickle pickle = read_pickle(file.name, in);
  GRAFT_CHECK(pickle.root.kind == Kind::dict, format, file.name, ": does not say how it was written");
  const auto& facts = pickle.containers[static_cast<size_t>(pickle.root.number)];
  for (size_t i = 0; i + 1 < facts.size(); i += 2)
    GRAFT_CHECK(facts[i].text != "little_endian" || facts[i + 1].number == 1, format, file.name,
                ": is big-endian; graft reads little-endian files");
}

// How wide a record's elements are is known only from the storages that use it.
std::map<std::string_view, DType> dtypes_by_key(const FileBytes& file, const Pickle& pickle) {
  std::map<std::string_view, DType> dtypes;
  for (const PickleStorage& storage : pickle.storages) {
    const auto [place, added] = dtypes.emplace(storage.key, storage.dtype);
    GRAFT_CHECK(added || place->second == storage.dtype, format, file.name, ": storage ",
                printable(storage.key), " has two element types");
  }
  return dtypes;
}

using Records = std::map<std::string_view, std::span<const std::byte>>;

Records read_records(const FileBytes& file, const Pickle& object, ByteReader& in) {
  const auto dtypes = dtypes_by_key(file, object);
  const Pickle keys = read_pickle(file.name, in);
  GRAFT_CHECK(keys.root.kind == Kind::list, format, file.name, ": has no list of storages");
  Records records;
  for (const PickleValue& key : keys.containers[static_cast<size_t>(keys.root.number)]) {
    GRAFT_CHECK(key.kind == Kind::string, format, file.name, ": has a storage without a name");
    const auto dtype = dtypes.find(key.text);
    GRAFT_CHECK(dtype != dtypes.end(), format, file.name, ": storage ", printable(key.text),
                " belongs to no tensor");
    const uint64_t width = size_of(dtype->second);
    const auto count = in.read<uint64_t>();
    GRAFT_CHECK(count <= in.left() / width, format, file.name, ": storage ", printable(key.text), " has ",
                count, " elements at byte ", in.position(),
                ", more than the file; it is truncated or damaged");
    GRAFT_CHECK(records.emplace(key.text, in.take(count * width)).second, format, file.name,
                ": has two storages named ", printable(key.text));
  }
  return records;
}

}  // namespace

bool looks_like_torch_legacy(std::span<const std::byte> bytes) {
  const std::string_view content = as_text(bytes);
  return content.size() > 2 && content[0] == '\x80' && content[1] >= 2 && content[1] <= 5;
}

TensorFile read_torch_legacy(const FileBytes& file) {
  ByteReader in(file.name, file.bytes);
  check_magic(file, in);
  check_protocol(file, in);
  check_machine(file, in);
  const Pickle object = read_pickle(file.name, in);
  const Records records = read_records(file, object, in);
  const auto bytes_of = [&](const PickleStorage& storage) {
    const auto found = records.find(storage.key);
    GRAFT_CHECK(found != records.end(), format, file.name, ": has no storage ", printable(storage.key));
    return found->second;
  };
  return TensorFile(file.name, "torch legacy", torch_tensors(file.name, object, bytes_of), {file.owner});
}

}  // namespace graft
