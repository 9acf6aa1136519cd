#pragma once

#include "transfer/weights/tensor_file.h"

namespace graft {

// PyTorch's .pth/.pt before 1.6: pickles of a magic number, a protocol version, facts about the machine, the
// object and the list of storage keys; then for each key a 64-bit element count and the elements.
bool looks_like_torch_legacy(std::span<const std::byte> bytes);
TensorFile read_torch_legacy(const FileBytes& file);

}  // namespace graft
