#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace graft {

// 128 bits by XXH3 (https://xxhash.com): equal content, equal digest, and by chance never otherwise. It
// withstands accidents, not an adversary.
struct Digest {
  uint64_t low = 0, high = 0;
  auto operator<=>(const Digest&) const = default;
};

std::string hex(const Digest& digest);  // 32 digits

// Of bytes that come in pieces.
class Digester {
 public:
  Digester();
  ~Digester();
  void add(std::span<const std::byte> bytes);
  void add(std::string_view text) { add(std::as_bytes(std::span(text.data(), text.size()))); }
  Digest digest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Digest digest_of(std::span<const std::byte> bytes);
inline Digest digest_of(std::string_view text) { return digest_of(std::as_bytes(std::span(text))); }

}  // namespace graft
