#include <set>

#include "engine/check.h"
#include "layers/conv.h"
#include "layers/dense.h"
#include "transfer/graphs/onnx/op_table.h"

namespace graft {

namespace {

using Layout = OnnxValue::Layout;

// O,I from whichever way the file has it, times a factor.
HostTensor dense_weight(const OnnxConstant& given, bool outputs_first, double factor) {
  GRAFT_CHECK(!given.whole && given.dims.size() == 2, shape, "has a weight of ", shape_of(given.dims),
              " where graft has matrices");
  const HostTensor weight = outputs_first ? given.floats : permuted(given.floats, {1, 0});
  if (factor == 1) return weight;
  std::vector<float> values(weight.data, weight.data + weight.count());
  for (float& value : values) value = static_cast<float>(value * factor);
  return HostTensor::from(weight.shape, std::move(values));
}

// Gemm's C: one number, or one for each output.
HostTensor dense_bias(const OnnxConstant& given, int64_t outputs, double factor) {
  const int64_t last = given.dims.empty() ? 1 : given.dims.back();
  GRAFT_CHECK(given.count() == last && (last == outputs || last == 1), shape, "has a bias of ",
              shape_of(given.dims), " for ", outputs, " outputs");
  std::vector<float> values(static_cast<size_t>(outputs));
  for (int64_t i = 0; i < outputs; ++i) values[i] = static_cast<float>(given.at(last == 1 ? 0 : i) * factor);
  return HostTensor::from({outputs}, std::move(values));
}

void write_dense(OnnxNetwork& net, const OnnxNode& node, const HostTensor& weight,
                 const std::optional<HostTensor>& bias) {
  const int64_t outputs = weight.shape[0], inputs = weight.shape[1];
  const std::string name = net.layer_name(node, 1);
  std::vector<GraphWriter::Parameter> parameters{{"weight", weight}};
  if (bias) parameters.push_back({"bias", *bias});
  const OnnxValue& x = net.plain(node, 0);
  const bool pixels = x.layout == Layout::map_last && net.writer().shape(x.node).rank() == 4;
  const bool one_pixel = x.layout == Layout::row && net.writer().shape(x.node).rank() == 4;
  if (pixels || (one_pixel && net.becomes_map(node.output(0)))) {
    const ConvOptions options{.inputs = inputs,
                              .outputs = outputs,
                              .kernel_h = 1,
                              .kernel_w = 1,
                              .padding = {},
                              .bias = bias.has_value()};
    return net.set_value(node, 0, net.apply(x, name, std::make_shared<Conv>(options), parameters));
  }
  GRAFT_CHECK(x.layout == Layout::row || x.layout == Layout::columns, shape,
              "multiplies a matrix with a tensor of sizes ", shape_of(x.dims),
              ", which is no N,C or N,H,W,C here");
  const OnnxValue row = net.row(node, 0);
  const Shape map = x.layout == Layout::columns ? net.writer().flattened_map(row.node) : Shape{};
  OnnxValue y =
      net.apply(row, name, std::make_shared<Dense>(inputs, outputs, bias.has_value(), map), parameters);
  y.layout = Layout::row;
  net.set_value(node, 0, std::move(y));
}

}  // namespace

void onnx_gemm(OnnxNetwork& net, const OnnxNode& node) {
  GRAFT_CHECK(node.integer("transA", 0) == 0, format, "transposes its first matrix");
  const HostTensor weight =
      dense_weight(net.constant(node.input(1)), node.integer("transB", 0) != 0, node.real("alpha", 1));
  std::optional<HostTensor> bias;
  if (node.has_input(2))
    bias = dense_bias(net.constant(node.input(2)), weight.shape[0], node.real("beta", 1));
  write_dense(net, node, weight, bias);
}

void onnx_matmul(OnnxNetwork& net, const OnnxNode& node) {
  write_dense(net, node, dense_weight(net.constant(node.input(1)), false, 1), std::nullopt);
}

}  // namespace graft
