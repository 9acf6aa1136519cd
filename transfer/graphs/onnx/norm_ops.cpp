#include <cmath>

#include "engine/check.h"
#include "layers/batch_norm.h"
#include "layers/layer_norm.h"
#include "layers/local_response_norm.h"
#include "transfer/graphs/onnx/op_table.h"

namespace graft {

namespace {

// Inference's batch norm is a scale and a shift.
Affine affine_of(const HostTensor& weight, const HostTensor& bias, const HostTensor& mean,
                 const HostTensor& variance, double epsilon) {
  Affine affine;
  for (int64_t c = 0; c < weight.count(); ++c) {
    const double scale = weight.data[c] / std::sqrt(double{variance.data[c]} + epsilon);
    affine.scale.push_back(scale);
    affine.bias.push_back(bias.data[c] - scale * mean.data[c]);
  }
  return affine;
}

const HostTensor& by_channel(const OnnxNetwork& net, const OnnxNode& node, int input, int64_t channels) {
  const OnnxConstant& constant = net.constant(node.input(input));
  GRAFT_CHECK(!constant.whole && constant.dims == std::vector<int64_t>{channels}, shape, "has ",
              shape_of(constant.dims), " numbers for ", channels, " channels");
  return constant.floats;
}

}  // namespace

void onnx_batch_norm(OnnxNetwork& net, const OnnxNode& node) {
  GRAFT_CHECK(node.integer("training_mode", 0) == 0, format,
              "normalises by the batch (training_mode); export the network for inference");
  GRAFT_CHECK(node.integer("spatial", 1) == 1, format, "normalises each pixel by itself (spatial 0)");
  const OnnxValue& x = net.plain(node, 0);
  const Shape& shape = net.writer().shape(x.node);
  const int64_t channels = shape[shape.rank() - 1];
  const double epsilon = node.real("epsilon", 1e-5);
  const HostTensor &weight = by_channel(net, node, 1, channels), &bias = by_channel(net, node, 2, channels),
                   &mean = by_channel(net, node, 3, channels), &variance = by_channel(net, node, 4, channels);
  if (shape.rank() == 2) {
    GRAFT_CHECK(x.layout == OnnxValue::Layout::row, shape, "normalises a flattened map");
    OnnxValue y = x;
    y.affine = affine_of(weight, bias, mean, variance, epsilon);
    net.writer().note(text("batch norm '", net.layer_name(node, 1), "' of a row is kept as a scale"));
    net.compute(y, net.layer_name(node, 1));
    return net.set_value(node, 0, std::move(y));
  }
  GRAFT_CHECK(x.layout == OnnxValue::Layout::map || x.layout == OnnxValue::Layout::row, shape,
              "normalises along another axis than the channels");
  const BatchNormOptions options{
      .channels = channels, .epsilon = epsilon, .momentum = 1 - node.real("momentum", 0.9)};
  net.set_value(
      node, 0,
      net.apply(x, net.layer_name(node, 1), std::make_shared<BatchNorm>(options),
                {{"weight", weight}, {"bias", bias}, {"running_mean", mean}, {"running_var", variance}}));
}

void onnx_layer_norm(OnnxNetwork& net, const OnnxNode& node) {
  const OnnxValue& x = net.plain(node, 0);
  const auto rank = static_cast<int64_t>(x.dims.size());
  const int64_t axis = axis_within(node.integer("axis", -1), rank);
  GRAFT_CHECK(axis == rank - 1 && x.channel_axis() == axis, shape,
              "normalises over other axes than the channels of N,H,W,C or N,C");
  const int64_t channels = x.dims[axis];
  const HostTensor& weight = by_channel(net, node, 1, channels);
  const HostTensor bias = node.has_input(2)
                              ? by_channel(net, node, 2, channels)
                              : HostTensor::from({channels}, std::vector<float>(channels, 0.0f));
  net.set_value(
      node, 0,
      net.apply(x, net.layer_name(node, 1), std::make_shared<LayerNorm>(channels, node.real("epsilon", 1e-5)),
                {{"weight", weight}, {"bias", bias}}));
}

void onnx_lrn(OnnxNetwork& net, const OnnxNode& node) {
  const LocalResponseNormOptions options{.size = node.integer("size", 0),
                                         .alpha = node.real("alpha", 1e-4),
                                         .beta = node.real("beta", 0.75),
                                         .k = node.real("bias", 1)};
  net.set_value(node, 0,
                net.apply(net.map(node, 0), node.label(), std::make_shared<LocalResponseNorm>(options)));
}

}  // namespace graft
