#include <algorithm>

#include "transfer/weights/safetensors.h"
#include "transfer/weights/safetensors_header.h"
#include "transfer/weights/tensor_layout.h"

namespace graft {
namespace {

constexpr uint64_t largest_header = 100'000'000;
constexpr uint64_t length_size = 8;

// The format leaves no byte out and uses none twice, so that nothing can hide in a file.
void check_ranges(const FileBytes& file, std::vector<SafetensorsEntry> entries, uint64_t data_size) {
  std::sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  uint64_t expected = 0;
  for (const SafetensorsEntry& entry : entries) {
    GRAFT_CHECK(entry.begin == expected && entry.end >= entry.begin && entry.end <= data_size, format,
                file.name, ": ", printable(entry.name), " lies at bytes ", entry.begin, " to ", entry.end,
                " of ", data_size, " where ", expected, " is expected; the file is truncated or damaged");
    expected = entry.end;
  }
  GRAFT_CHECK(expected == data_size, format, file.name, ": has ", data_size - expected,
              " bytes that belong to no tensor; the file is damaged");
}

NamedTensor located(const FileBytes& file, const SafetensorsEntry& entry, std::span<const std::byte> data) {
  const std::string where = file.name + ": " + printable(entry.name);
  NamedTensor tensor;
  tensor.name = entry.name;
  tensor.dtype = entry.dtype;
  tensor.shape = checked_shape(where, entry.sizes);
  const uint64_t bytes = static_cast<uint64_t>(tensor.shape.count()) * size_of(entry.dtype);
  GRAFT_CHECK(bytes == entry.end - entry.begin, format, where, ": has ", entry.end - entry.begin, " bytes; ",
              tensor.shape, " of ", name_of(entry.dtype), " needs ", bytes);
  tensor.data = data.data() + entry.begin;
  return tensor;
}

}  // namespace

bool looks_like_safetensors(std::span<const std::byte> bytes) {
  if (bytes.size() <= length_size || bytes[length_size] != std::byte{'{'}) return false;
  return ByteReader("", bytes).read<uint64_t>() >> 32 == 0;
}

TensorFile read_safetensors(const FileBytes& file) {
  ByteReader in(file.name, file.bytes);
  const auto length = in.read<uint64_t>();
  GRAFT_CHECK(length <= largest_header, format, file.name, ": its header has ", length,
              " bytes; safetensors allows ", largest_header);
  SafetensorsHeader header = parse_safetensors_header(file.name, in.take_text(length));
  const auto data = in.take(in.left());
  check_ranges(file, header.entries, data.size());
  std::vector<NamedTensor> tensors;
  for (const SafetensorsEntry& entry : header.entries) tensors.push_back(located(file, entry, data));
  return TensorFile(file.name, "safetensors", std::move(tensors), {file.owner}, std::move(header.metadata));
}

}  // namespace graft
