#include "transfer/features/memory_rows.h"

#include <algorithm>

namespace graft {

int64_t MemoryRows::add(const Digest&, std::span<const std::byte> row) {
  bytes_.insert(bytes_.end(), row.begin(), row.end());
  return static_cast<int64_t>(bytes_.size() / row_bytes_) - 1;
}

void MemoryRows::read(int64_t row, std::span<std::byte> out) const {
  std::copy_n(bytes_.data() + row * row_bytes_, row_bytes_, out.data());
}

}  // namespace graft
