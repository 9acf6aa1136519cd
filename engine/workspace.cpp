#include "engine/workspace.h"

#include <algorithm>

namespace graft {

void Workspace::reserve(size_t arena_bytes, size_t scratch_bytes) {
  const auto grow = [this](Buffer& buffer, size_t bytes) {
    if (bytes <= buffer.bytes()) return;
    ++generation_;
    buffer = Buffer();  // first freed, so that old and new are never held at once
    buffer = Buffer(device, bytes);
  };
  grow(arena_, std::max<size_t>(arena_bytes, 1));
  grow(scratch_, std::max<size_t>(scratch_bytes, 1));
}

void Workspace::clear() {
  ++generation_;
  arena_ = Buffer();
  scratch_ = Buffer();
}

}  // namespace graft
