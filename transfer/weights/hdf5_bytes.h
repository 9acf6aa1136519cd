#pragma once

#include "transfer/weights/bytes.h"

namespace graft {

// A file's bytes by HDF5 address, and how much work they justify: structures that refer to each other in
// circles or over and over again end in an error.
class Hdf5Bytes {
 public:
  explicit Hdf5Bytes(const FileBytes& file) : file_(file), steps_left_(file.bytes.size()) {}

  const FileBytes& file() const { return file_; }
  uint64_t base = 0;  // of all addresses

  ByteReader at(uint64_t address) {
    spend(1);
    GRAFT_CHECK(address <= file_.bytes.size() && base <= file_.bytes.size() - address, format, file_.name,
                ": refers to byte ", address, " of ", file_.bytes.size(),
                "; the file is truncated or damaged");
    return ByteReader(file_.name, file_.bytes, base + address);
  }

  // The same, of a structure that begins with four letters.
  ByteReader at(uint64_t address, std::string_view signature) {
    ByteReader in = at(address);
    GRAFT_CHECK(in.take_text(signature.size()) == signature, format, file_.name, ": has no ", signature,
                " at byte ", address, "; the file is damaged");
    return in;
  }

  void spend(uint64_t steps) {
    GRAFT_CHECK(steps <= steps_left_, format, file_.name,
                ": its parts refer to each other without end; the file is damaged");
    steps_left_ -= steps;
  }

 private:
  FileBytes file_;
  uint64_t steps_left_;
};

}  // namespace graft
