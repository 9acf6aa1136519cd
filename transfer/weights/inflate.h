#pragma once

#include <cstddef>
#include <span>

namespace graft {

// Unpacks a raw deflate stream (RFC 1951). True only where the stream is sound and ends exactly when
// `unpacked` is full; never writes past it.
bool inflate_exactly(std::span<const std::byte> packed, std::span<std::byte> unpacked);

}  // namespace graft
