#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace graft {

// Reads numbers from bytes of a stranger; beyond the end every byte is 0, so check has() first.
struct ByteReader {
  std::span<const std::byte> bytes;
  bool little_endian = false;

  bool has(size_t at, size_t count) const { return at <= bytes.size() && count <= bytes.size() - at; }

  uint32_t u8(size_t at) const { return at < bytes.size() ? static_cast<uint32_t>(bytes[at]) : 0; }

  uint32_t u16(size_t at) const {
    return little_endian ? u8(at) | u8(at + 1) << 8 : u8(at) << 8 | u8(at + 1);
  }

  uint32_t u32(size_t at) const {
    return little_endian ? u16(at) | u16(at + 2) << 16 : u16(at) << 16 | u16(at + 2);
  }
};

}  // namespace graft
