#pragma once

#include <filesystem>

#include "transfer/weights/tensor_file.h"

namespace graft {

// The safetensors format: a 64-bit length, a JSON header of that length, the tensors' bytes without gaps.
// https://github.com/huggingface/safetensors
bool looks_like_safetensors(std::span<const std::byte> bytes);

// Tensors come in the header's order. Error{format} for a header over 100 MB, an unknown dtype,
// or ranges that overlap, leave gaps or leave the file.
TensorFile read_safetensors(const FileBytes& file);

enum class TensorOrder { by_name, as_given };

// The file's bytes depend on nothing but the arguments. The header lists the tensors in the order asked for;
// their bytes lie behind it from a multiple of 8 on, wider dtypes first, so that each is aligned to its
// elements. Error{call} for a repeated or empty name, or text that is no UTF-8.
std::vector<std::byte> safetensors_bytes(std::span<const NamedTensor> tensors,
                                         const std::map<std::string, std::string>& metadata = {},
                                         TensorOrder order = TensorOrder::by_name);

// Replaces the file at path in one step: whatever fails, what was there before is still whole. Error{file}.
void write_safetensors(const std::filesystem::path& path, std::span<const NamedTensor> tensors,
                       const std::map<std::string, std::string>& metadata = {},
                       TensorOrder order = TensorOrder::by_name);

}  // namespace graft
