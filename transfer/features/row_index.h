#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "transfer/features/digest.h"

namespace graft {

// NAME.index, what NAME.rows holds:
//   "graft features 1\n", the bytes of a row, those of the description, the number of rows (64 bits each),
//   the description, then for each row its key and the digest of its bytes, and at the end the digest of all
//   before.
struct RowIndex {
  struct Entry {
    Digest key, content;
  };
  std::string description;
  uint64_t row_bytes = 0;
  std::vector<Entry> entries;

  // Replaces the file in one step.
  void write(const std::filesystem::path& path) const;
  // The entries of a file with this description and size of a row. Error{format} saying what is wrong with
  // it.
  void read(const std::filesystem::path& path);
};

}  // namespace graft
