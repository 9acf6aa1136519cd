#include <algorithm>
#include <numeric>

#include "transfer/weights/atomic_file.h"
#include "transfer/weights/safetensors.h"
#include "transfer/weights/safetensors_header.h"
#include "transfer/weights/tensor_values.h"

namespace graft {
namespace {

struct Layout {
  std::string beginning;                 // length, header, padding
  std::vector<const NamedTensor*> data;  // in the order of their bytes
  uint64_t data_size = 0;
};

std::vector<const NamedTensor*> in_order(std::span<const NamedTensor> tensors, TensorOrder order) {
  std::vector<const NamedTensor*> pointers;
  for (const NamedTensor& tensor : tensors) {
    GRAFT_CHECK(!tensor.name.empty() && tensor.name != "__metadata__", call, "a tensor cannot be saved as \"",
                tensor.name, "\"");
    pointers.push_back(&tensor);
  }
  std::vector<const NamedTensor*> sorted = pointers;
  std::sort(sorted.begin(), sorted.end(), [](auto a, auto b) { return a->name < b->name; });
  for (size_t i = 1; i < sorted.size(); ++i)
    GRAFT_CHECK(sorted[i - 1]->name != sorted[i]->name, call, "two tensors to be saved are named ",
                printable(sorted[i]->name));
  return order == TensorOrder::by_name ? sorted : pointers;
}

std::string with_length(std::string header) {
  header.resize((header.size() + 7) / 8 * 8, ' ');
  const uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + header;
}

Layout lay_out(std::span<const NamedTensor> tensors, const std::map<std::string, std::string>& metadata,
               TensorOrder order) {
  const std::vector<const NamedTensor*> listed = in_order(tensors, order);
  std::vector<size_t> by_width(listed.size());
  std::iota(by_width.begin(), by_width.end(), size_t{0});
  std::stable_sort(by_width.begin(), by_width.end(),
                   [&](size_t a, size_t b) { return size_of(listed[a]->dtype) > size_of(listed[b]->dtype); });
  Layout layout;
  SafetensorsHeader header{std::vector<SafetensorsEntry>(listed.size()), metadata};
  for (size_t i : by_width) {
    const NamedTensor& tensor = *listed[i];
    const uint64_t begin = layout.data_size;
    layout.data_size += static_cast<uint64_t>(tensor.shape.count()) * size_of(tensor.dtype);
    header.entries[i] = {
        tensor.name, tensor.dtype, {tensor.shape.begin(), tensor.shape.end()}, begin, layout.data_size};
    layout.data.push_back(&tensor);
  }
  layout.beginning = with_length(safetensors_header_text(header));
  return layout;
}

// Hands the file's bytes to `write`, piece by piece.
template <class Write>
void emit(const Layout& layout, Write write) {
  write(as_file_bytes(layout.beginning));
  std::vector<std::byte> storage;
  for (const NamedTensor* tensor : layout.data) write(row_major_bytes(*tensor, storage));
}

}  // namespace

std::vector<std::byte> safetensors_bytes(std::span<const NamedTensor> tensors,
                                         const std::map<std::string, std::string>& metadata,
                                         TensorOrder order) {
  const Layout layout = lay_out(tensors, metadata, order);
  std::vector<std::byte> bytes;
  bytes.reserve(layout.beginning.size() + layout.data_size);
  emit(layout,
       [&](std::span<const std::byte> piece) { bytes.insert(bytes.end(), piece.begin(), piece.end()); });
  return bytes;
}

void write_safetensors(const std::filesystem::path& path, std::span<const NamedTensor> tensors,
                       const std::map<std::string, std::string>& metadata, TensorOrder order) {
  const Layout layout = lay_out(tensors, metadata, order);
  AtomicFile file(path);
  emit(layout, [&](std::span<const std::byte> piece) { file.write(piece); });
  file.commit();
}

}  // namespace graft
