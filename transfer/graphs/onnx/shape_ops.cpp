#include <algorithm>

#include "engine/check.h"
#include "layers/channel_shuffle.h"
#include "layers/dropout.h"
#include "layers/flatten.h"
#include "transfer/graphs/onnx/op_table.h"
#include "transfer/graphs/onnx/sizes.h"

namespace graft {

namespace {

using Layout = OnnxValue::Layout;
using Dims = std::vector<int64_t>;

int64_t channels_of(OnnxNetwork& net, const OnnxValue& x) {
  const Shape& shape = net.writer().shape(x.node);
  return shape[shape.rank() - 1];
}

// N,C and ones; where C alone says which size counts channels.
bool is_row(const Dims& dims, int64_t batch, int64_t channels) {
  return dims.size() >= 2 && dims[0] == batch && count_of(dims) == batch * channels &&
         std::count(dims.begin() + 1, dims.end(), channels) +
                 (channels == 1 ? 1 - int64_t(dims.size() - 1) : 0) ==
             1;
}

Layout layout_of_row(const Dims& dims, int64_t channels, bool is_map) {
  if (is_map && dims.size() == 4 && dims[1] == channels) return Layout::map;
  if (is_map && dims.size() == 4 && dims[3] == channels) return Layout::map_last;
  GRAFT_CHECK(dims[1] == channels, shape, "brings a row into ", shape_of(dims));
  return Layout::row;
}

// One pixel, or a row already: only the sizes change.
bool is_one_pixel(const Shape& shape) { return shape.rank() == 2 || (shape.h() == 1 && shape.w() == 1); }

OnnxValue flattened(OnnxNetwork& net, const OnnxNode& node, OnnxValue x, const Dims& dims) {
  net.compute(x, node.label());
  OnnxValue y = net.apply(x, node.label(), std::make_shared<Flatten>());
  y.layout = x.layout == Layout::map ? Layout::columns : Layout::row;
  y.dims = dims;
  return y;
}

OnnxValue resized(OnnxNetwork& net, const OnnxNode& node, const OnnxValue& x, const Dims& dims) {
  const Shape shape = net.writer().shape(x.node);
  const int64_t channels = channels_of(net, x);
  OnnxValue y = x;
  y.dims = dims;
  if (dims == x.dims) return y;
  const bool whole = dims.size() == 2 && dims[0] == net.batch();
  if (x.layout == Layout::groups_swapped && dims == net.dims_of(x.node, Layout::map)) {
    OnnxValue map = x;
    net.compute(map, node.label());
    map.layout = Layout::map;
    return net.apply(map, node.label(), std::make_shared<ChannelShuffleLayer>(x.dims[2]));
  }
  if (x.layout == Layout::groups && dims == net.dims_of(x.node, Layout::map)) {
    y.layout = Layout::map;
    return y;
  }
  if (x.layout == Layout::columns) {
    GRAFT_CHECK(whole, shape, "makes a map of a flattened one");
    return y;
  }
  if (is_one_pixel(shape) && is_row(dims, net.batch(), channels)) {
    y.layout = layout_of_row(dims, channels, shape.rank() == 4);
    return y;
  }
  if ((x.layout == Layout::map || x.layout == Layout::map_last) && whole)
    return flattened(net, node, x, dims);
  if (x.layout == Layout::map && dims.size() == 5 && dims[0] == net.batch() &&
      dims[1] * dims[2] == channels && dims[3] == shape.h() && dims[4] == shape.w()) {
    y.layout = Layout::groups;
    return y;
  }
  fail(ErrorCode::shape, "brings a tensor of ", shape_of(x.dims), " into ", shape_of(dims),
       "; graft flattens maps and shuffles channels");
}

bool is_identity(const Dims& order) {
  for (size_t i = 0; i < order.size(); ++i)
    if (order[i] != static_cast<int64_t>(i)) return false;
  return true;
}

Layout transposed_layout(Layout layout, const Dims& order) {
  if (is_identity(order)) return layout;
  if (layout == Layout::map && order == Dims{0, 2, 3, 1}) return Layout::map_last;
  if (layout == Layout::map_last && order == Dims{0, 3, 1, 2}) return Layout::map;
  if (layout == Layout::groups && order == Dims{0, 2, 1, 3, 4}) return Layout::groups_swapped;
  fail(ErrorCode::shape, "transposes in an order for which graft has no layer");
}

}  // namespace

void onnx_reshape(OnnxNetwork& net, const OnnxNode& node) {
  if (net.value(node.input(0)).form != OnnxValue::Form::softmax) net.plain(node, 0);
  const OnnxValue x = net.passed(node, 0);
  const auto dims = sizes_after(net, node, x.dims);
  net.set_value(node, 0, resized(net, node, x, *dims));
}

void onnx_transpose(OnnxNetwork& net, const OnnxNode& node) {
  net.plain(node, 0);
  OnnxValue y = net.passed(node, 0);
  const Dims order = node.integers("perm").value_or(Dims(y.dims.size()));
  GRAFT_CHECK(node.has("perm") && order.size() == y.dims.size(), shape, "transposes ", shape_of(y.dims),
              " in an order for which graft has no layer");
  y.layout = transposed_layout(y.layout, order);
  const Dims before = y.dims;
  for (size_t i = 0; i < order.size(); ++i) y.dims[i] = before[order[i]];
  net.set_value(node, 0, std::move(y));
}

// Only training drops anything.
void onnx_dropout(OnnxNetwork& net, const OnnxNode& node) {
  const double ratio = given_number(net, node, "ratio", 1).value_or(0.5);
  net.set_value(node, 0, net.apply(net.plain(node, 0), node.label(), std::make_shared<DropoutLayer>(ratio)));
}

void onnx_identity(OnnxNetwork& net, const OnnxNode& node) {
  if (node.op() == "Cast") {
    const int64_t type = node.integer("to", 1);
    GRAFT_CHECK(type == 1 || type == 10 || type == 11 || type == 16, format,
                "casts to a type that is no float");
  }
  net.set_value(node, 0, net.passed(node, 0));
}

// Kept in mind: at the network's end it is left out, anywhere else it is an error.
void onnx_softmax(OnnxNetwork& net, const OnnxNode& node) {
  OnnxValue y = net.plain(node, 0);
  y.form = OnnxValue::Form::softmax;
  net.set_value(node, 0, std::move(y));
}

}  // namespace graft
