#pragma once

#include <optional>

#include "transfer/features/digest.h"

namespace graft {

// Where features are kept: rows of one size, numbered as they come.
class FeatureRows {
 public:
  virtual ~FeatureRows() = default;

  // Whether rows outlive the run, and are found again by their keys.
  virtual bool keyed() const = 0;
  virtual std::optional<int64_t> find(const Digest& key) const = 0;

  virtual int64_t add(const Digest& key, std::span<const std::byte> row) = 0;
  virtual void read(int64_t row, std::span<std::byte> out) const = 0;
  // What was added is kept from here on, whatever happens to this process.
  virtual void commit() = 0;
  // The same, and nothing will be added any more.
  virtual void finish() = 0;
};

}  // namespace graft
