#pragma once

#include "transfer/graphs/onnx/network.h"

namespace graft {

using OnnxOp = void (*)(OnnxNetwork& net, const OnnxNode& node);

// What writes an operation's layers; null where graft has none for it.
OnnxOp onnx_op(const std::string& name);

// Each writes its node's layers and sets its outputs; what a node wants that no layer has is
// Error{format} or Error{shape}.
void onnx_conv(OnnxNetwork& net, const OnnxNode& node);
void onnx_max_pool(OnnxNetwork& net, const OnnxNode& node);
void onnx_average_pool(OnnxNetwork& net, const OnnxNode& node);
void onnx_global_average_pool(OnnxNetwork& net, const OnnxNode& node);
void onnx_global_max_pool(OnnxNetwork& net, const OnnxNode& node);
void onnx_reduce_mean(OnnxNetwork& net, const OnnxNode& node);
void onnx_pad(OnnxNetwork& net, const OnnxNode& node);

void onnx_batch_norm(OnnxNetwork& net, const OnnxNode& node);
void onnx_layer_norm(OnnxNetwork& net, const OnnxNode& node);
void onnx_lrn(OnnxNetwork& net, const OnnxNode& node);

void onnx_relu(OnnxNetwork& net, const OnnxNode& node);
void onnx_leaky_relu(OnnxNetwork& net, const OnnxNode& node);
void onnx_prelu(OnnxNetwork& net, const OnnxNode& node);
void onnx_sigmoid(OnnxNetwork& net, const OnnxNode& node);
void onnx_hard_sigmoid(OnnxNetwork& net, const OnnxNode& node);
void onnx_hard_swish(OnnxNetwork& net, const OnnxNode& node);
void onnx_clip(OnnxNetwork& net, const OnnxNode& node);
void onnx_gelu(OnnxNetwork& net, const OnnxNode& node);
void onnx_erf(OnnxNetwork& net, const OnnxNode& node);

void onnx_add(OnnxNetwork& net, const OnnxNode& node);
void onnx_sub(OnnxNetwork& net, const OnnxNode& node);
void onnx_mul(OnnxNetwork& net, const OnnxNode& node);
void onnx_div(OnnxNetwork& net, const OnnxNode& node);
void onnx_neg(OnnxNetwork& net, const OnnxNode& node);

void onnx_gemm(OnnxNetwork& net, const OnnxNode& node);
void onnx_matmul(OnnxNetwork& net, const OnnxNode& node);

void onnx_reshape(OnnxNetwork& net, const OnnxNode& node);
void onnx_transpose(OnnxNetwork& net, const OnnxNode& node);
void onnx_concat(OnnxNetwork& net, const OnnxNode& node);
void onnx_split(OnnxNetwork& net, const OnnxNode& node);
void onnx_slice(OnnxNetwork& net, const OnnxNode& node);
void onnx_gather(OnnxNetwork& net, const OnnxNode& node);
void onnx_resize(OnnxNetwork& net, const OnnxNode& node);
void onnx_dropout(OnnxNetwork& net, const OnnxNode& node);
void onnx_identity(OnnxNetwork& net, const OnnxNode& node);
void onnx_softmax(OnnxNetwork& net, const OnnxNode& node);

}  // namespace graft
