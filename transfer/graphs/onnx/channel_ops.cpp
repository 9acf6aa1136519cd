#include <algorithm>
#include <cmath>

#include "engine/check.h"
#include "layers/concat.h"
#include "layers/slice.h"
#include "layers/upsample.h"
#include "transfer/graphs/onnx/op_table.h"
#include "transfer/graphs/onnx/sizes.h"

namespace graft {

namespace {

using Dims = std::vector<int64_t>;

OnnxValue part(OnnxNetwork& net, const std::string& name, const OnnxValue& x, int64_t first, int64_t count) {
  if (first == 0 && count == x.dims[x.channel_axis()]) return x;
  return net.apply(x, name, std::make_shared<Slice>(first, count));
}

// The input whose channels an operation takes apart.
const OnnxValue& channels_in(OnnxNetwork& net, const OnnxNode& node, int64_t axis) {
  const OnnxValue& x = net.plain(node, 0);
  GRAFT_CHECK(axis_within(axis, static_cast<int64_t>(x.dims.size())) == x.channel_axis() &&
                  net.writer().shape(x.node).rank() == 4,
              shape, "takes ", shape_of(x.dims), " apart along axis ", axis,
              ", which does not count the channels of a map");
  return x;
}

Dims split_sizes(const OnnxNetwork& net, const OnnxNode& node, int64_t channels) {
  if (const auto given = given_integers(net, node, "split", 1)) return *given;
  const int64_t parts = node.integer("num_outputs", node.outputs());
  GRAFT_CHECK(parts > 0 && parts <= channels, format, "splits ", channels, " channels into ", parts,
              " parts");
  const int64_t each = (channels + parts - 1) / parts;
  Dims sizes(static_cast<size_t>(parts), each);
  sizes.back() = channels - each * (parts - 1);
  return sizes;
}

}  // namespace

void onnx_concat(OnnxNetwork& net, const OnnxNode& node) {
  GRAFT_CHECK(node.inputs() > 0, format, "has no inputs");
  std::vector<NodeId> inputs;
  for (int i = 0; i < node.inputs(); ++i) inputs.push_back(net.plain(node, i).node);
  const OnnxValue x = net.plain(node, 0);
  for (int i = 0; i < node.inputs(); ++i) {
    const OnnxValue& other = net.plain(node, i);
    GRAFT_CHECK(other.layout == x.layout && other.dims.size() == x.dims.size(), shape,
                "joins tensors of different orders");
  }
  GRAFT_CHECK(axis_within(node.integer("axis", 1), static_cast<int64_t>(x.dims.size())) == x.channel_axis(),
              shape, "joins along another axis than the channels");
  const NodeId y = net.writer().add(node.label(), std::make_shared<Concat>(), std::move(inputs));
  net.set_value(node, 0, {.node = y, .dims = net.dims_of(y, x.layout), .layout = x.layout});
}

void onnx_split(OnnxNetwork& net, const OnnxNode& node) {
  const OnnxValue x = channels_in(net, node, node.integer("axis", 0));
  const int64_t channels = x.dims[x.channel_axis()];
  const Dims sizes = split_sizes(net, node, channels);
  GRAFT_CHECK(static_cast<int>(sizes.size()) == node.outputs(), format, "has ", sizes.size(), " parts and ",
              node.outputs(), " outputs");
  int64_t first = 0;
  for (int i = 0; i < node.outputs(); ++i) {
    GRAFT_CHECK(sizes[i] > 0 && sizes[i] <= channels - first, format, "splits ", channels,
                " channels into other sizes");
    net.set_value(node, i, part(net, node.output(i), x, first, sizes[i]));
    first += sizes[i];
  }
  GRAFT_CHECK(first == channels, format, "splits ", channels, " channels into other sizes");
}

void onnx_slice(OnnxNetwork& net, const OnnxNode& node) {
  const OnnxValue& x = net.plain(node, 0);
  OnnxValue y = x;
  y.sole_reader = false;
  for (const OnnxRange& range : sliced_ranges(net, node, x.dims)) {
    if (range.step == 1 && range.count == x.dims[range.axis]) continue;
    GRAFT_CHECK(range.step == 1 && range.count > 0, format, "takes no run of channels");
    channels_in(net, node, range.axis);
    y = part(net, node.label(), y, range.first, range.count);
  }
  net.set_value(node, 0, std::move(y));
}

// Chosen channels, in runs: the order of colours.
void onnx_gather(OnnxNetwork& net, const OnnxNode& node) {
  constexpr size_t most = 4096;
  const OnnxValue x = channels_in(net, node, node.integer("axis", 0));
  const OnnxConstant& chosen = net.constant(node.input(1));
  GRAFT_CHECK(
      chosen.whole && chosen.dims.size() == 1 && !chosen.integers.empty() && chosen.integers.size() <= most,
      format, "chooses no list of channels");
  std::vector<NodeId> parts;
  for (size_t i = 0; i < chosen.integers.size();) {
    const int64_t first = axis_within(chosen.integers[i], x.dims[x.channel_axis()]);
    int64_t count = 1;
    while (i + count < chosen.integers.size() && chosen.integers[i + count] == first + count) ++count;
    GRAFT_CHECK(first + count <= x.dims[x.channel_axis()], format, "chooses a channel that is not there");
    parts.push_back(part(net, text(node.label(), ".", first), x, first, count).node);
    i += static_cast<size_t>(count);
  }
  NodeId y = parts[0];
  if (parts.size() > 1) y = net.writer().add(node.label(), std::make_shared<Concat>(), std::move(parts));
  net.set_value(node, 0,
                {.node = y, .dims = net.dims_of(y, x.layout), .layout = x.layout, .sole_reader = false});
}

namespace {

// Whether each pixel becomes a square of its own colour: f output rows read row i where the rule gives
// i <= .. < i + 1 for all of them.
bool repeats_pixels(const OnnxNode& node, int64_t factor) {
  if (node.op() == "Upsample") return true;
  const std::string place = node.text("coordinate_transformation_mode", "half_pixel");
  const std::string nearest = node.text("nearest_mode", "round_prefer_floor");
  if (node.integer("antialias", 0) != 0) return false;
  if (place == "asymmetric") return nearest == "floor" || (factor == 2 && nearest == "round_prefer_floor");
  return (place == "half_pixel" || place == "pytorch_half_pixel" || place == "half_pixel_symmetric") &&
         (nearest == "round_prefer_floor" || nearest == "round_prefer_ceil");
}

int64_t factor_of(double scale) {
  const double whole = std::round(scale);
  GRAFT_CHECK(whole >= 1 && whole <= 64 && std::abs(scale - whole) < 1e-6, format, "resizes by ", scale,
              "; graft repeats pixels a whole number of times");
  return static_cast<int64_t>(whole);
}

// Of N,C,H,W: of height and width.
int64_t upsampling(const OnnxNetwork& net, const OnnxNode& node, const OnnxValue& x) {
  std::vector<double> scales;
  const int at = node.op() == "Upsample" || node.inputs() == 2 ? 1 : 2;
  if (const auto given = node.reals("scales")) scales.assign(given->begin(), given->end());
  if (node.has_input(at)) {
    const OnnxConstant& given = net.constant(node.input(at));
    for (int64_t i = 0; i < std::min<int64_t>(given.count(), 5); ++i) scales.push_back(given.at(i));
  }
  if (scales.empty())
    if (const auto sizes = given_integers(net, node, "", 3); sizes && sizes->size() == 4)
      for (int i = 0; i < 4; ++i) scales.push_back(double((*sizes)[i]) / double(x.dims[i]));
  GRAFT_CHECK(scales.size() == 4 && scales[0] == 1 && scales[1] == 1 && scales[2] == scales[3], format,
              "does not resize height and width by one factor");
  return factor_of(scales[2]);
}

}  // namespace

void onnx_resize(OnnxNetwork& net, const OnnxNode& node) {
  const OnnxValue& x = net.map(node, 0);
  GRAFT_CHECK(node.text("mode", "nearest") == "nearest" && !node.has("axes"), format,
              "interpolates; graft repeats pixels (nearest)");
  const int64_t factor = upsampling(net, node, x);
  GRAFT_CHECK(repeats_pixels(node, factor), format,
              "rounds to the nearest pixel in a way that does not repeat each of them");
  net.set_value(node, 0, net.apply(x, node.label(), std::make_shared<Upsample>(factor)));
}

}  // namespace graft
