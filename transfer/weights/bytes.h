#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "engine/check.h"

namespace graft {

static_assert(std::endian::native == std::endian::little, "weight files are read without swapping bytes");

// A file's content, wherever it lies; the name goes into every error message.
struct FileBytes {
  std::string name;
  std::span<const std::byte> bytes;
  std::shared_ptr<const void> owner;  // keeps bytes alive; empty where the caller does
};

// A name out of a file, made fit for a one-line message.
inline std::string printable(std::string_view name) {
  constexpr size_t longest = 120;
  std::string out(name.substr(0, longest));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return name.size() > longest ? out + "..." : out;
}

inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline std::span<const std::byte> as_file_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

// Reads little-endian numbers and ranges in turn; leaving the range is Error{format}.
// The name and the bytes must outlive the reader.
class ByteReader {
 public:
  ByteReader(std::string_view name, std::span<const std::byte> bytes, uint64_t position = 0)
      : name_(name), bytes_(bytes), position_(position) {
    if (position > bytes.size()) fail_short(0);
  }

  uint64_t position() const { return position_; }
  uint64_t left() const { return bytes_.size() - position_; }

  std::span<const std::byte> take(uint64_t count) {
    if (count > left()) fail_short(count);
    const auto range = bytes_.subspan(position_, count);
    position_ += count;
    return range;
  }
  std::string_view take_text(uint64_t count) { return as_text(take(count)); }

  // Up to the next line feed, which is passed over.
  std::string_view take_line() {
    const std::string_view rest = as_text(bytes_.subspan(position_));
    const size_t length = rest.find('\n');
    if (length == std::string_view::npos) fail_short(rest.size() + 1);
    position_ += length + 1;
    return rest.substr(0, length);
  }

  template <class T>
  T read() {
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }

 private:
  [[noreturn]] void fail_short(uint64_t count) const {
    fail(ErrorCode::format, name_, ": ends at byte ", bytes_.size(), " where ", count,
         " bytes are expected from byte ", position_, "; the file is truncated or damaged");
  }

  std::string_view name_;
  std::span<const std::byte> bytes_;
  uint64_t position_;
};

}  // namespace graft
