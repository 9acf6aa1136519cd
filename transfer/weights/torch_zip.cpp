#include "transfer/weights/torch_zip.h"

#include "transfer/weights/torch_state.h"

namespace graft {
namespace {

constexpr std::string_view pickle_name = "data.pkl";
constexpr uint64_t largest_pickle = uint64_t{64} << 20;

// The one folder around everything is named after the file as it was when saved.
bool is_pickle(std::string_view name) {
  if (!name.ends_with(pickle_name)) return false;
  const std::string_view folder = name.substr(0, name.size() - pickle_name.size());
  return folder.empty() || folder.find('/') == folder.size() - 1;
}

const ZipArchive::Entry& find_pickle(const ZipArchive& archive) {
  const ZipArchive::Entry* found = nullptr;
  for (const auto& entry : archive.entries()) {
    if (!is_pickle(entry.name)) continue;
    GRAFT_CHECK(!found, format, archive.file().name, ": has two data.pkl; PyTorch writes one");
    found = &entry;
  }
  return *found;
}

void check_byte_order(const ZipArchive& archive, const std::string& folder) {
  const auto* entry = archive.find(folder + "byteorder");
  if (!entry) return;
  const FileBytes content = archive.open(*entry);
  GRAFT_CHECK(as_text(content.bytes) == "little", format, content.name, ": is ",
              printable(as_text(content.bytes)), "; graft reads little-endian files");
}

// Opens each storage once, however many tensors share it.
class Storages {
 public:
  Storages(const ZipArchive& archive, std::string folder) : archive_(archive), folder_(std::move(folder)) {}

  std::span<const std::byte> operator()(const PickleStorage& storage) {
    const std::string name = folder_ + "data/" + std::string(storage.key);
    auto found = opened_.find(name);
    if (found == opened_.end()) {
      const auto* entry = archive_.find(name);
      GRAFT_CHECK(entry, format, archive_.file().name, ": has no storage ", printable(name));
      found = opened_.emplace(name, archive_.open(*entry)).first;
    }
    return found->second.bytes;
  }

  std::vector<std::shared_ptr<const void>> owners() const {
    std::vector<std::shared_ptr<const void>> owners{archive_.file().owner};
    for (const auto& [name, content] : opened_)
      if (content.owner != archive_.file().owner) owners.push_back(content.owner);
    return owners;
  }

 private:
  const ZipArchive& archive_;
  std::string folder_;
  std::map<std::string, FileBytes> opened_;
};

}  // namespace

bool holds_torch_pickle(const ZipArchive& archive) {
  for (const auto& entry : archive.entries())
    if (is_pickle(entry.name)) return true;
  return false;
}

TensorFile read_torch_zip(const ZipArchive& archive) {
  const std::string& file = archive.file().name;
  const ZipArchive::Entry& entry = find_pickle(archive);
  const std::string folder = entry.name.substr(0, entry.name.size() - pickle_name.size());
  GRAFT_CHECK(!archive.find(folder + "constants.pkl"), format, file,
              ": is a TorchScript program, not a state dictionary; save model.state_dict()");
  GRAFT_CHECK(entry.size <= largest_pickle, format, file, ": its data.pkl has ", entry.size,
              " bytes; graft reads up to ", largest_pickle);
  check_byte_order(archive, folder);
  const FileBytes content = archive.open(entry);
  ByteReader in(content.name, content.bytes);
  const Pickle pickle = read_pickle(content.name, in);
  Storages storages(archive, folder);
  auto tensors = torch_tensors(file, pickle, std::ref(storages));
  return TensorFile(file, "torch", std::move(tensors), storages.owners());
}

}  // namespace graft
