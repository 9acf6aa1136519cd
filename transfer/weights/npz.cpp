#include "transfer/weights/npz.h"

#include "transfer/weights/npy_header.h"
#include "transfer/weights/tensor_layout.h"

namespace graft {
namespace {

constexpr std::string_view suffix = ".npy";

NamedTensor read_array(const FileBytes& content, std::string name) {
  ByteReader in(content.name, content.bytes);
  const NpyHeader header = read_npy_header(content.name, in);
  NamedTensor tensor;
  tensor.name = std::move(name);
  tensor.dtype = header.dtype;
  tensor.shape = checked_shape(content.name, header.sizes);
  const uint64_t bytes = static_cast<uint64_t>(tensor.shape.count()) * size_of(tensor.dtype);
  GRAFT_CHECK(bytes == in.left(), format, content.name, ": has ", in.left(), " bytes of data; ", tensor.shape,
              " of ", name_of(tensor.dtype), " needs ", bytes, "; the file is truncated or damaged");
  if (header.column_major) {
    std::vector<int64_t> strides = column_major_strides(tensor.shape);
    if (!is_row_major(tensor.shape, strides)) tensor.strides = std::move(strides);
  }
  tensor.data = in.take(bytes).data();
  return tensor;
}

}  // namespace

bool holds_npy(const ZipArchive& archive) {
  for (const auto& entry : archive.entries())
    if (entry.name.ends_with(suffix)) return true;
  return false;
}

TensorFile read_npz(const ZipArchive& archive) {
  std::vector<NamedTensor> tensors;
  std::vector<std::shared_ptr<const void>> owners{archive.file().owner};
  for (const auto& entry : archive.entries()) {
    if (!entry.name.ends_with(suffix)) continue;
    const FileBytes content = archive.open(entry);
    tensors.push_back(read_array(content, entry.name.substr(0, entry.name.size() - suffix.size())));
    if (entry.deflated) owners.push_back(content.owner);
  }
  return TensorFile(archive.file().name, "npz", std::move(tensors), std::move(owners));
}

TensorFile read_npy(const FileBytes& file) {
  return TensorFile(file.name, "npy", {read_array(file, "array")}, {file.owner});
}

}  // namespace graft
