#include "transfer/graphs/onnx/sizes.h"

#include <algorithm>
#include <numeric>

#include "engine/check.h"

namespace graft {

std::optional<std::vector<int64_t>> given_integers(const OnnxNetwork& net, const OnnxNode& node,
                                                   std::string_view attribute, int input) {
  if (!node.has_input(input)) return node.integers(attribute);
  const OnnxConstant& constant = net.constant(node.input(input));
  GRAFT_CHECK(constant.whole, format, "its input ", input, " must hold whole numbers");
  return constant.integers;
}

std::optional<double> given_number(const OnnxNetwork& net, const OnnxNode& node, std::string_view attribute,
                                   int input) {
  if (node.has_input(input)) {
    const OnnxConstant& constant = net.constant(node.input(input));
    GRAFT_CHECK(constant.count() == 1, format, "its input ", input, " must be one number");
    return constant.at(0);
  }
  if (node.has(attribute)) return node.real(attribute, 0);
  return std::nullopt;
}

std::vector<int64_t> reshaped_sizes(const std::vector<int64_t>& from, const std::vector<int64_t>& wanted,
                                    bool allow_zero) {
  std::vector<int64_t> sizes = wanted;
  for (size_t i = 0; i < sizes.size(); ++i)
    if (sizes[i] == 0 && !allow_zero) {
      GRAFT_CHECK(i < from.size(), format, "keeps a size that its input does not have");
      sizes[i] = from[i];
    }
  const int64_t total = count_of(from);
  const auto open = std::find(sizes.begin(), sizes.end(), -1);
  if (open != sizes.end()) {
    *open = 1;
    const int64_t known = count_of(sizes);
    GRAFT_CHECK(known > 0 && total % known == 0, format, "cannot bring ", shape_of(from), " into its sizes");
    *open = total / known;
  }
  GRAFT_CHECK(count_of(sizes) == total, format, "cannot bring ", shape_of(from), " into its sizes");
  return sizes;
}

std::vector<int64_t> squeezed_sizes(const std::vector<int64_t>& from,
                                    const std::optional<std::vector<int64_t>>& axes) {
  std::vector<bool> dropped(from.size(), false);
  if (axes)
    for (int64_t axis : *axes) dropped[axis_within(axis, static_cast<int64_t>(from.size()))] = true;
  else
    for (size_t i = 0; i < from.size(); ++i) dropped[i] = from[i] == 1;
  std::vector<int64_t> sizes;
  for (size_t i = 0; i < from.size(); ++i) {
    GRAFT_CHECK(!dropped[i] || from[i] == 1, format, "drops axis ", i, " of ", shape_of(from));
    if (!dropped[i]) sizes.push_back(from[i]);
  }
  return sizes;
}

std::vector<int64_t> unsqueezed_sizes(const std::vector<int64_t>& from, const std::vector<int64_t>& axes) {
  const size_t rank = from.size() + axes.size();
  GRAFT_CHECK(rank <= 64, format, "makes a tensor of ", rank, " sizes");
  std::vector<bool> fresh(rank, false);
  for (int64_t axis : axes) {
    const int64_t at = axis_within(axis, static_cast<int64_t>(rank));
    GRAFT_CHECK(!fresh[at], format, "names axis ", at, " twice");
    fresh[at] = true;
  }
  std::vector<int64_t> sizes;
  size_t next = 0;
  for (size_t i = 0; i < rank; ++i) sizes.push_back(fresh[i] ? 1 : from[next++]);
  return sizes;
}

std::optional<std::vector<int64_t>> sizes_after(const OnnxNetwork& net, const OnnxNode& node,
                                                const std::vector<int64_t>& from) {
  if (node.op() == "Reshape") {
    const auto wanted = given_integers(net, node, "shape", 1);
    GRAFT_CHECK(wanted, format, "has no sizes");
    return reshaped_sizes(from, *wanted, node.integer("allowzero", 0) != 0);
  }
  if (node.op() == "Squeeze") return squeezed_sizes(from, given_integers(net, node, "axes", 1));
  if (node.op() == "Unsqueeze") {
    const auto axes = given_integers(net, node, "axes", 1);
    GRAFT_CHECK(axes, format, "has no axes");
    return unsqueezed_sizes(from, *axes);
  }
  if (node.op() != "Flatten") return std::nullopt;
  const auto rank = static_cast<int64_t>(from.size());
  const int64_t given = node.integer("axis", 1), axis = given == rank ? rank : axis_within(given, rank);
  const auto middle = from.begin() + axis;
  return std::vector<int64_t>{count_of({from.begin(), middle}), count_of({middle, from.end()})};
}

namespace {

OnnxRange range_of(int64_t axis, int64_t size, int64_t start, int64_t end, int64_t step) {
  GRAFT_CHECK(step != 0 && step > -(int64_t{1} << 40) && step < int64_t{1} << 40, format, "has a step of ",
              step);
  const int64_t low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
  const auto within = [&](int64_t at) { return std::clamp(at < 0 ? at + size : at, low, high); };
  const int64_t first = within(start), last = end <= -size - 1 ? low : within(end);
  const int64_t span = step > 0 ? last - first : first - last, stride = step > 0 ? step : -step;
  return {axis, first, span > 0 ? (span + stride - 1) / stride : 0, step};
}

}  // namespace

std::vector<OnnxRange> sliced_ranges(const OnnxNetwork& net, const OnnxNode& node,
                                     const std::vector<int64_t>& from) {
  const auto starts = given_integers(net, node, "starts", 1), ends = given_integers(net, node, "ends", 2);
  GRAFT_CHECK(starts && ends && starts->size() == ends->size(), format,
              "has no starts and ends of one length");
  auto axes = given_integers(net, node, "axes", 3);
  if (!axes) {
    axes.emplace(starts->size());
    std::iota(axes->begin(), axes->end(), int64_t{0});
  }
  auto steps = given_integers(net, node, "steps", 4);
  if (!steps) steps.emplace(starts->size(), 1);
  GRAFT_CHECK(starts->size() <= from.size(), format, "slices more axes than there are");
  GRAFT_CHECK(axes->size() == starts->size() && steps->size() == starts->size(), format,
              "has not as many axes or steps as starts");
  std::vector<OnnxRange> ranges;
  for (size_t i = 0; i < starts->size(); ++i) {
    const int64_t axis = axis_within((*axes)[i], static_cast<int64_t>(from.size()));
    ranges.push_back(range_of(axis, from[axis], (*starts)[i], (*ends)[i], (*steps)[i]));
  }
  return ranges;
}

}  // namespace graft
