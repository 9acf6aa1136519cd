#include "transfer/weights/tensor_file.h"

#include "transfer/weights/mapped_file.h"
#include "transfer/weights/npy_folder.h"
#include "transfer/weights/npz.h"
#include "transfer/weights/safetensors.h"
#include "transfer/weights/torch_legacy.h"
#include "transfer/weights/torch_zip.h"
#include "transfer/weights/zip_archive.h"

namespace graft {
namespace {

TensorFile read_zip(const FileBytes& file) {
  const ZipArchive archive(file);
  if (holds_torch_pickle(archive)) return read_torch_zip(archive);
  if (holds_npy(archive)) return read_npz(archive);
  fail(ErrorCode::format, file.name,
       ": is a zip archive, but with neither data.pkl (PyTorch) nor .npy (NumPy)",
       " in it; unpack it and name the weight file inside");
}

using Reader = TensorFile (*)(const FileBytes& file);

// Null where no reader knows the beginning.
Reader reader_of(std::span<const std::byte> bytes) {
  const std::string_view content = as_text(bytes);
  // First, as a header's length may be the bytes that the others begin with.
  if (looks_like_safetensors(bytes)) return read_safetensors;
  if (content.starts_with("PK\x03\x04") || content.starts_with("PK\x05\x06")) return read_zip;
  if (content.starts_with("\x93NUMPY")) return [](const FileBytes& file) { return read_npy(file); };
  if (looks_like_torch_legacy(bytes)) return read_torch_legacy;
  return nullptr;
}

TensorFile read_any(const FileBytes& file) {
  const Reader read = reader_of(file.bytes);
  GRAFT_CHECK(read, format, file.name, ": is no weight file that graft reads: ", tensor_formats);
  return read(file);
}

}  // namespace

bool recognises_tensors(const FileBytes& file) { return reader_of(file.bytes) != nullptr; }

TensorFile::TensorFile(std::string name, std::string_view format, std::vector<NamedTensor> tensors,
                       std::vector<std::shared_ptr<const void>> owners,
                       std::map<std::string, std::string> metadata)
    : name_(std::move(name)),
      format_(format),
      tensors_(std::move(tensors)),
      owners_(std::make_shared<const std::vector<std::shared_ptr<const void>>>(std::move(owners))),
      metadata_(std::move(metadata)) {
  for (size_t i = 0; i < tensors_.size(); ++i)
    GRAFT_CHECK(index_.emplace(tensors_[i].name, i).second, format, name_, ": has two tensors named ",
                printable(tensors_[i].name));
}

const NamedTensor* TensorFile::find(std::string_view name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : &tensors_[found->second];
}

const NamedTensor& TensorFile::at(std::string_view name) const {
  const NamedTensor* found = find(name);
  GRAFT_CHECK(found, format, name_, ": has no tensor named ", printable(name));
  return *found;
}

TensorFile read_tensor_file(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error) ? read_npy_folder(path) : read_any(map_file(path));
}

TensorFile read_tensor_bytes(std::span<const std::byte> bytes, std::shared_ptr<const void> owner,
                             std::string name_for_errors) {
  return read_any({std::move(name_for_errors), bytes, std::move(owner)});
}

}  // namespace graft
