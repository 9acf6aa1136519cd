#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "transfer/model/model_data.h"
#include "transfer/weights/tensor_file.h"

namespace graft {

// The format version that this library writes; it reads all older ones for ever.
constexpr int model_format_version = 1;

// A .graft file is a valid safetensors file: tensors under their published names, everything else in its
// metadata.
bool is_model_file(const TensorFile& file);
ModelData read_model(const TensorFile& file);
void write_model(const ModelData& model, const std::filesystem::path& path);
std::vector<std::byte> model_bytes(const ModelData& model);

}  // namespace graft
