#include "transfer/graphs/onnx/op_table.h"

namespace graft {

namespace {

struct Entry {
  std::string_view name;
  OnnxOp write;
};

constexpr Entry entries[] = {
    {"Conv", onnx_conv},
    {"MaxPool", onnx_max_pool},
    {"AveragePool", onnx_average_pool},
    {"GlobalAveragePool", onnx_global_average_pool},
    {"GlobalMaxPool", onnx_global_max_pool},
    {"ReduceMean", onnx_reduce_mean},
    {"Pad", onnx_pad},
    {"BatchNormalization", onnx_batch_norm},
    {"LayerNormalization", onnx_layer_norm},
    {"LRN", onnx_lrn},
    {"Relu", onnx_relu},
    {"LeakyRelu", onnx_leaky_relu},
    {"PRelu", onnx_prelu},
    {"Sigmoid", onnx_sigmoid},
    {"HardSigmoid", onnx_hard_sigmoid},
    {"HardSwish", onnx_hard_swish},
    {"Clip", onnx_clip},
    {"Gelu", onnx_gelu},
    {"Erf", onnx_erf},
    {"Add", onnx_add},
    {"Sum", onnx_add},
    {"Sub", onnx_sub},
    {"Mul", onnx_mul},
    {"Div", onnx_div},
    {"Neg", onnx_neg},
    {"Gemm", onnx_gemm},
    {"MatMul", onnx_matmul},
    {"Reshape", onnx_reshape},
    {"Flatten", onnx_reshape},
    {"Squeeze", onnx_reshape},
    {"Unsqueeze", onnx_reshape},
    {"Transpose", onnx_transpose},
    {"Concat", onnx_concat},
    {"Split", onnx_split},
    {"Slice", onnx_slice},
    {"Gather", onnx_gather},
    {"Resize", onnx_resize},
    {"Upsample", onnx_resize},
    {"Dropout", onnx_dropout},
    {"Identity", onnx_identity},
    {"Cast", onnx_identity},
    {"Softmax", onnx_softmax},
    {"LogSoftmax", onnx_softmax},
};

}  // namespace

OnnxOp onnx_op(const std::string& name) {
  for (const Entry& entry : entries)
    if (entry.name == name) return entry.write;
  return nullptr;
}

}  // namespace graft
