#pragma once

#include "transfer/graphs/source_file.h"

namespace graft {

// ONNX (https://onnx.ai), opset 7 and later, of one input: N,3,H,W, or N,H,W,3 where a Transpose follows.
// Arithmetic that is one layer here is read as that layer: x Sigmoid(x), GELU by Erf, hard swish by Clip,
// channel shuffle by Reshape and Transpose. A scale and shift of the input stays a layer of the network.
// Softmax at the end is left out: a model's outputs are logits.
bool is_onnx(const FileBytes& file);
SourceFile read_onnx(const FileBytes& file, const SourceOptions& options);

}  // namespace graft
