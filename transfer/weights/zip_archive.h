#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "transfer/weights/bytes.h"

namespace graft {

// The entries of a zip or zip64 archive (PKWARE APPNOTE 6.3, sections 4.3 to 4.5), stored or deflated.
// Error{format} where ranges leave the file or overlap, a name repeats, or more is to be inflated
// than 64 MiB + 64 times the file.
class ZipArchive {
 public:
  struct Entry {
    std::string name;
    std::span<const std::byte> packed;
    uint64_t size = 0;  // unpacked
    uint32_t crc = 0;   // 0 where the writer computed none
    bool deflated = false;
  };

  explicit ZipArchive(const FileBytes& file);

  const FileBytes& file() const { return file_; }
  const std::vector<Entry>& entries() const { return entries_; }
  const Entry* find(std::string_view name) const;

  // The entry's content: the file's own bytes where stored, a buffer where deflated. Its checksum is
  // verified.
  FileBytes open(const Entry& entry) const;

 private:
  FileBytes file_;
  std::vector<Entry> entries_;
  std::map<std::string, size_t, std::less<>> index_;
};

}  // namespace graft
