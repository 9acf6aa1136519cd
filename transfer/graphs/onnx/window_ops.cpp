#include <algorithm>
#include <cmath>

#include "engine/check.h"
#include "layers/activation.h"
#include "layers/pool.h"
#include "transfer/graphs/onnx/op_table.h"
#include "transfer/graphs/onnx/sizes.h"

namespace graft {

namespace {

constexpr int64_t most_window = 1 << 16;

struct Window {
  int64_t kernel_h, kernel_w;
  int64_t stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
  Padding padding = {};

  int64_t extent_h() const { return (kernel_h - 1) * dilation_h + 1; }
  int64_t extent_w() const { return (kernel_w - 1) * dilation_w + 1; }
};

void read_pair(const OnnxNode& node, const char* attribute, int64_t& h, int64_t& w) {
  const auto pair = node.integers(attribute);
  if (!pair) return;
  GRAFT_CHECK(pair->size() == 2, format, "has ", pair->size(), " ", attribute,
              " where graft has windows of two sizes");
  h = (*pair)[0];
  w = (*pair)[1];
  GRAFT_CHECK(h > 0 && w > 0 && h <= most_window && w <= most_window, format, "has ", attribute, " of ", h,
              "x", w);
}

// SAME_LOWER: as TensorFlow's SAME, but the odd row and column in front.
Padding same_lower(const Window& window, const Shape& x) {
  const auto total = [](int64_t size, int64_t extent, int64_t stride) {
    return std::max<int64_t>(((size + stride - 1) / stride - 1) * stride + extent - size, 0);
  };
  const int64_t rows = total(x.h(), window.extent_h(), window.stride_h);
  const int64_t columns = total(x.w(), window.extent_w(), window.stride_w);
  return {false, rows - rows / 2, columns - columns / 2, rows / 2, columns / 2};
}

Padding explicit_padding(const OnnxNode& node) {
  const auto pads = node.integers("pads");
  if (!pads) return {};
  const std::vector<int64_t>& p = *pads;
  GRAFT_CHECK(p.size() == 4, format, "has ", p.size(), " pads where graft has windows of two sizes");
  for (int64_t pad : p)
    GRAFT_CHECK(pad >= 0 && pad <= most_window, format, "has a pad of ", pad, "; graft pads by 0 and more");
  return {false, p[0], p[1], p[2], p[3]};
}

// Strides, dilations and pads; the kernel's sizes are given.
Window window_of(const OnnxNode& node, int64_t kernel_h, int64_t kernel_w, const Shape& x) {
  Window window{.kernel_h = kernel_h, .kernel_w = kernel_w};
  read_pair(node, "strides", window.stride_h, window.stride_w);
  read_pair(node, "dilations", window.dilation_h, window.dilation_w);
  const std::string automatic = node.text("auto_pad", "NOTSET");
  if (automatic == "SAME_UPPER")
    window.padding = Padding::tensorflow_same();
  else if (automatic == "SAME_LOWER")
    window.padding = same_lower(window, x);
  else if (automatic != "VALID")
    window.padding = explicit_padding(node);
  return window;
}

bool any(const Padding& pad) { return pad.top || pad.left || pad.bottom || pad.right; }

Padding sum(const Padding& a, const Padding& b) {
  GRAFT_CHECK(!any(a) || !b.same, format, "pads a map that a Pad has padded already by its size");
  return {b.same, a.top + b.top, a.left + b.left, a.bottom + b.bottom, a.right + b.right};
}

Window pool_window(const OnnxNode& node, const Shape& x) {
  int64_t h = 0, w = 0;
  read_pair(node, "kernel_shape", h, w);
  GRAFT_CHECK(h > 0, format, "has no kernel_shape");
  const Window window = window_of(node, h, w, x);
  GRAFT_CHECK(window.dilation_h == 1 && window.dilation_w == 1, format,
              "has dilations, for which graft has no pool");
  return window;
}

OnnxValue pooled(OnnxNetwork& net, const OnnxNode& node, const OnnxValue& x, const LayerPtr& layer) {
  return net.apply(x, node.label(), layer);
}

bool is_not_negative(OnnxNetwork& net, NodeId x) {
  const auto* layer =
      x > 0 ? dynamic_cast<const ActivationLayer*>(net.writer().graph()[x].layer.get()) : nullptr;
  return layer && (layer->kind() == Activation::relu || layer->kind() == Activation::relu6);
}

}  // namespace

void onnx_conv(OnnxNetwork& net, const OnnxNode& node) {
  const OnnxValue& x = net.map(node, 0, true);
  const OnnxConstant& weight = net.constant(node.input(1));
  GRAFT_CHECK(weight.dims.size() == 4 && !weight.whole, shape, "has a weight of ", shape_of(weight.dims),
              " where graft has convolutions O,I,H,W");
  const std::vector<int64_t>& w = weight.dims;
  const int64_t groups = node.integer("group", 1);
  GRAFT_CHECK(groups > 0 && w[0] > 0 && w[0] % groups == 0 && w[1] > 0 && w[2] > 0 && w[3] > 0 &&
                  w[2] <= most_window && w[3] <= most_window,
              format, "has a weight of ", shape_of(w), " in ", groups, " groups");
  const Window window = window_of(node, w[2], w[3], net.writer().shape(x.node));
  const bool bias = node.has_input(2);
  const ConvOptions options{.inputs = net.writer().shape(x.node).c(),
                            .outputs = w[0],
                            .kernel_h = w[2],
                            .kernel_w = w[3],
                            .stride_h = window.stride_h,
                            .stride_w = window.stride_w,
                            .padding = sum(x.pad, window.padding),
                            .dilation_h = window.dilation_h,
                            .dilation_w = window.dilation_w,
                            .groups = groups,
                            .bias = bias};
  std::vector<GraphWriter::Parameter> parameters{{"weight", weight.floats}};
  if (bias) parameters.push_back({"bias", net.constant(node.input(2)).floats});
  net.set_value(node, 0, net.apply(x, net.layer_name(node, 1), std::make_shared<Conv>(options), parameters));
}

void onnx_max_pool(OnnxNetwork& net, const OnnxNode& node) {
  const OnnxValue& x = net.map(node, 0, true);
  const Window window = pool_window(node, net.writer().shape(x.node));
  GRAFT_CHECK(!any(x.pad) || is_not_negative(net, x.node), format,
              "reads a map padded with zeros, which may be larger than its values");
  net.set_value(node, 0,
                pooled(net, node, x,
                       std::make_shared<Pool>(PoolOptions{.kind = PoolKind::max,
                                                          .kernel_h = window.kernel_h,
                                                          .kernel_w = window.kernel_w,
                                                          .stride_h = window.stride_h,
                                                          .stride_w = window.stride_w,
                                                          .padding = sum(x.pad, window.padding),
                                                          .ceil_mode = node.integer("ceil_mode", 0) != 0})));
}

void onnx_average_pool(OnnxNetwork& net, const OnnxNode& node) {
  const OnnxValue& x = net.map(node, 0, true);
  const Shape& shape = net.writer().shape(x.node);
  const Window window = pool_window(node, shape);
  const Padding padding = sum(x.pad, window.padding);
  if (!padding.same && !any(padding) && window.kernel_h == shape.h() && window.kernel_w == shape.w())
    return net.set_value(node, 0, pooled(net, node, x, Pool::adaptive_average(1, 1)));
  const bool counts = node.integer("count_include_pad", 0) != 0;
  GRAFT_CHECK(!any(x.pad) || counts || !any(window.padding), format,
              "counts only a part of its padding in the average");
  net.set_value(node, 0,
                pooled(net, node, x,
                       std::make_shared<Pool>(PoolOptions{.kind = PoolKind::average,
                                                          .kernel_h = window.kernel_h,
                                                          .kernel_w = window.kernel_w,
                                                          .stride_h = window.stride_h,
                                                          .stride_w = window.stride_w,
                                                          .padding = padding,
                                                          .ceil_mode = node.integer("ceil_mode", 0) != 0,
                                                          .count_padding = counts || any(x.pad)})));
}

void onnx_global_average_pool(OnnxNetwork& net, const OnnxNode& node) {
  net.set_value(node, 0, pooled(net, node, net.map(node, 0), Pool::adaptive_average(1, 1)));
}

void onnx_global_max_pool(OnnxNetwork& net, const OnnxNode& node) {
  const OnnxValue& x = net.map(node, 0);
  const Shape& shape = net.writer().shape(x.node);
  net.set_value(
      node, 0,
      pooled(net, node, x,
             std::make_shared<Pool>(PoolOptions{
                 .kind = PoolKind::max, .kernel_h = shape.h(), .kernel_w = shape.w(), .padding = {}})));
}

// Over height and width: global average pooling.
void onnx_reduce_mean(OnnxNetwork& net, const OnnxNode& node) {
  using Layout = OnnxValue::Layout;
  const OnnxValue& x = net.plain(node, 0);
  auto axes = given_integers(net, node, "axes", 1);
  GRAFT_CHECK(axes, format, "takes the mean of everything; graft has the mean over height and width");
  for (int64_t& axis : *axes) axis = axis_within(axis, static_cast<int64_t>(x.dims.size()));
  std::sort(axes->begin(), axes->end());
  const bool map = x.layout == Layout::map && *axes == std::vector<int64_t>{2, 3};
  const bool last = x.layout == Layout::map_last && *axes == std::vector<int64_t>{1, 2};
  GRAFT_CHECK((map || last) && net.writer().shape(x.node).rank() == 4, format,
              "takes a mean over other axes than height and width");
  OnnxValue mean = pooled(net, node, x, Pool::adaptive_average(1, 1));
  if (node.integer("keepdims", 1) == 0) {
    mean.layout = Layout::row;
    mean.dims = {net.batch(), net.writer().shape(mean.node).c()};
  }
  net.set_value(node, 0, std::move(mean));
}

void onnx_pad(OnnxNetwork& net, const OnnxNode& node) {
  GRAFT_CHECK(node.text("mode", "constant") == "constant", format, "pads with other values than zeros");
  GRAFT_CHECK(given_number(net, node, "value", 2).value_or(0) == 0, format,
              "pads with other values than zeros");
  const auto pads = given_integers(net, node, "pads", 1);
  const auto axes = given_integers(net, node, "axes", 3);
  OnnxValue y = net.map(node, 0, true);
  GRAFT_CHECK(pads && !axes && pads->size() == 8, format, "does not pad a map N,C,H,W on all its axes");
  const std::vector<int64_t>& p = *pads;
  GRAFT_CHECK(p[0] == 0 && p[1] == 0 && p[4] == 0 && p[5] == 0, format,
              "pads images or channels; graft pads height and width");
  for (int64_t pad : p) GRAFT_CHECK(pad >= 0 && pad <= most_window, format, "has a pad of ", pad);
  y.pad = sum(y.pad, {false, p[2], p[3], p[6], p[7]});
  y.sole_reader = false;
  y.dims[2] += p[2] + p[6];
  y.dims[3] += p[3] + p[7];
  net.set_value(node, 0, std::move(y));
}

}  // namespace graft
