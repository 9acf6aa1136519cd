#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace graft {

// A file that appears at its path whole or not at all. It is written beside it under another name; commit()
// brings it to the disk and renames it, replacing what was there. Without commit(), or where anything fails,
// the old file stays as it was and the new one is removed. Every failure is Error{file} in one line. A link
// is followed: what it points to is replaced. Permissions of a replaced file are kept. What a writer that was
// killed left beside the path is removed by the next one.
class AtomicFile {
 public:
  explicit AtomicFile(const std::filesystem::path& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  void commit();

 private:
  void open_beside();
  bool own_beside() const;
  void keep_permissions();
  void sync_folder();
  void close_and_remove() noexcept;
  [[noreturn]] void fail_with(const char* what, int error);

  std::filesystem::path path_, beside_;
  int descriptor_ = -1;
};

}  // namespace graft
