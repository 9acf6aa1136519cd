#include "transfer/graphs/onnx/fold.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/check.h"
#include "transfer/graphs/onnx/fold_elements.h"
#include "transfer/graphs/onnx/sizes.h"

namespace graft {

namespace {

using Inputs = std::vector<const OnnxConstant*>;

// ONNX's numbers of float types, for Cast.
bool is_float_type(int64_t type) { return type == 1 || type == 10 || type == 11 || type == 16; }

OnnxConstant given(const OnnxNode& node, const std::shared_ptr<const void>& owner) {
  if (const auto* tensor = node.tensor("value")) return read_onnx_tensor(*tensor, owner);
  if (const auto values = node.integers("value_ints"))
    return OnnxConstant::of({static_cast<int64_t>(values->size())}, *values);
  if (const auto values = node.reals("value_floats"))
    return OnnxConstant::of({static_cast<int64_t>(values->size())}, *values);
  if (node.has("value_int")) return OnnxConstant::of({}, std::vector<int64_t>{node.integer("value_int", 0)});
  if (node.has("value_float"))
    return OnnxConstant::of({}, std::vector<float>{static_cast<float>(node.real("value_float", 0))});
  fail(ErrorCode::format, "holds a kind of value that graft does not read");
}

OnnxConstant filled(const OnnxNode& node, const OnnxConstant& sizes,
                    const std::shared_ptr<const void>& owner) {
  GRAFT_CHECK(sizes.whole && count_of(sizes.integers) <= most_computed_elements, format,
              "fills a constant that is too large");
  const auto* tensor = node.tensor("value");
  const OnnxConstant value =
      tensor ? read_onnx_tensor(*tensor, owner) : OnnxConstant::of({1}, std::vector<float>{0.0f});
  GRAFT_CHECK(value.count() == 1, format, "fills with more than one value");
  return chosen(value, sizes.integers, std::vector<int64_t>(count_of(sizes.integers), 0));
}

OnnxConstant cast(const OnnxNode& node, OnnxConstant x) {
  const int64_t type = node.integer("to", 1);
  if (is_float_type(type) != x.whole) return x;
  if (x.whole) return OnnxConstant::of(x.dims, std::vector<float>(x.integers.begin(), x.integers.end()));
  std::vector<int64_t> values;
  for (int64_t i = 0; i < x.count(); ++i) {
    constexpr double largest = 9.2e18;
    const double value = x.at(i);
    GRAFT_CHECK(std::abs(value) < largest, format, "casts ", value, " to a whole number");
    values.push_back(static_cast<int64_t>(value));
  }
  return OnnxConstant::of(x.dims, std::move(values));
}

OnnxConstant sliced(const OnnxNetwork& net, const OnnxNode& node, OnnxConstant x) {
  for (const OnnxRange& range : sliced_ranges(net, node, x.dims)) {
    std::vector<int64_t> indices;
    for (int64_t i = 0; i < range.count; ++i) indices.push_back(range.first + i * range.step);
    x = gathered(x, range.axis, indices);
  }
  return x;
}

OnnxConstant gather(const OnnxNode& node, const Inputs& in) {
  GRAFT_CHECK(in.size() == 2 && in[1]->whole && in[1]->dims.size() <= 1, format, "has no list of indices");
  const int64_t axis = axis_within(node.integer("axis", 0), static_cast<int64_t>(in[0]->dims.size()));
  OnnxConstant result = gathered(*in[0], axis, in[1]->integers);
  if (!in[1]->dims.empty()) return result;
  std::vector<int64_t> dims = result.dims;
  dims.erase(dims.begin() + axis);
  return reshaped(std::move(result), std::move(dims));
}

template <class Op>
OnnxConstant mapped(const OnnxConstant& x, Op op) {
  GRAFT_CHECK(!x.whole && x.count() <= most_computed_elements, format,
              "computes no small constant of floats");
  std::vector<float> values(x.floats.data, x.floats.data + x.count());
  std::transform(values.begin(), values.end(), values.begin(), op);
  return OnnxConstant::of(x.dims, std::move(values));
}

OnnxConstant transpose(const OnnxNode& node, const OnnxConstant& x) {
  std::vector<int64_t> order(x.dims.size());
  std::iota(order.rbegin(), order.rend(), int64_t{0});
  return transposed(x, node.integers("perm").value_or(order));
}

OnnxConstant concat(const OnnxNode& node, const Inputs& in) {
  return joined(in, axis_within(node.integer("axis", 0), static_cast<int64_t>(in[0]->dims.size())));
}

OnnxConstant negated(const OnnxConstant& x) {
  return arithmetic(
      "Sub",
      x.whole ? OnnxConstant::of({}, std::vector<int64_t>{0}) : OnnxConstant::of({}, std::vector<float>{0}),
      x);
}

OnnxConstant part_of_shape(const OnnxNode& node, const std::vector<int64_t>& dims) {
  const auto rank = static_cast<int64_t>(dims.size());
  const auto within = [&](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank); };
  const int64_t first = within(node.integer("start", 0));
  const int64_t last = std::max(first, within(node.integer("end", rank)));
  return OnnxConstant::of({last - first}, std::vector<int64_t>(dims.begin() + first, dims.begin() + last));
}

// Nothing where the operation is not folded.
std::optional<OnnxConstant> result_of(const OnnxNetwork& net, const OnnxNode& node, const Inputs& in) {
  const std::string& op = node.op();
  if (in.empty()) return std::nullopt;
  if (op == "Identity") return *in[0];
  if (op == "Cast") return cast(node, *in[0]);
  if (op == "Transpose") return transpose(node, *in[0]);
  if (op == "Concat") return concat(node, in);
  if (op == "Slice") return sliced(net, node, *in[0]);
  if (op == "Gather") return gather(node, in);
  if (op == "Neg") return negated(*in[0]);
  if (op == "Floor") return mapped(*in[0], [](float v) { return std::floor(v); });
  if (op == "Ceil") return mapped(*in[0], [](float v) { return std::ceil(v); });
  if (op == "Sqrt") return mapped(*in[0], [](float v) { return std::sqrt(v); });
  if ((op == "Add" || op == "Sub" || op == "Mul" || op == "Div") && in.size() == 2)
    return arithmetic(op, *in[0], *in[1]);
  if (const auto sizes = sizes_after(net, node, in[0]->dims)) return reshaped(*in[0], *sizes);
  return std::nullopt;
}

// The file's tensor in another shape or order, for names.
bool keeps_origin(const std::string& op) {
  return op == "Identity" || op == "Cast" || op == "Transpose" || op == "Reshape" || op == "Unsqueeze" ||
         op == "Squeeze";
}

}  // namespace

bool fold(OnnxNetwork& net, const OnnxNode& node, const std::shared_ptr<const void>& owner) {
  if (node.outputs() != 1 || !node.standard()) return false;
  std::optional<OnnxConstant> result;
  if (node.op() == "Constant") {
    result = given(node, owner);
    result->origin = node.output(0);
  } else if (node.op() == "Shape") {
    const std::string& x = node.input(0);
    result = part_of_shape(node, net.is_constant(x) ? net.constant(x).dims : net.value(x).dims);
  } else {
    Inputs in;
    for (int i = 0; i < node.inputs(); ++i) {
      if (!node.has_input(i)) continue;
      if (!net.is_constant(node.input(i))) return false;
      in.push_back(&net.constant(node.input(i)));
    }
    for (const OnnxConstant* x : in) net.spend(x->count());
    if (node.op() == "ConstantOfShape" && in.size() == 1)
      result = filled(node, *in[0], owner);
    else
      result = result_of(net, node, in);
    if (result && keeps_origin(node.op())) result->origin = in[0]->origin;
  }
  if (!result) return false;
  net.set_constant(node.output(0), std::move(*result));
  return true;
}

}  // namespace graft
