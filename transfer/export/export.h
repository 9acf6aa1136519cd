#pragma once

#include <filesystem>

#include "transfer/model/model_data.h"

namespace graft {

struct OnnxExportOptions {
  // The network reads pixels of 0 to 255, red first, and normalises them itself; else it reads what
  // ModelData::preprocessing makes of them.
  bool preprocessing = false;
};

// The network with its head and weights in ONNX, opset 17, float32: input `input` [batch,C,H,W] of the
// model's image size, output `logits` (or the last layer's name where another layer is called so); class
// names and preprocessing in the file's metadata. Softmax is not a part of it. The file appears whole or not
// at all. Error{call} where a layer has no counterpart, the file would exceed ONNX's 2 GB, or this build has
// no ONNX.
void export_onnx(const ModelData& model, const std::filesystem::path& path,
                 const OnnxExportOptions& options = {});
std::vector<std::byte> onnx_bytes(const ModelData& model, const OnnxExportOptions& options = {});

// The weights alone, under their published names and in their published layout.
void export_safetensors(const ModelData& model, const std::filesystem::path& path);

}  // namespace graft
