#pragma once

#include <vector>

#include "transfer/features/feature_rows.h"

namespace graft {

// In host memory, gone with the run.
class MemoryRows final : public FeatureRows {
 public:
  MemoryRows(size_t row_bytes, int64_t rows) : row_bytes_(row_bytes) { bytes_.reserve(row_bytes * rows); }

  bool keyed() const override { return false; }
  std::optional<int64_t> find(const Digest&) const override { return std::nullopt; }
  int64_t add(const Digest& key, std::span<const std::byte> row) override;
  void read(int64_t row, std::span<std::byte> out) const override;
  void commit() override {}
  void finish() override {}

 private:
  size_t row_bytes_;
  std::vector<std::byte> bytes_;
};

}  // namespace graft
