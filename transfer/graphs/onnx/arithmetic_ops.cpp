#include <cmath>

#include "engine/check.h"
#include "layers/activation.h"
#include "layers/add.h"
#include "layers/multiply.h"
#include "layers/scale.h"
#include "transfer/graphs/onnx/op_table.h"

namespace graft {

namespace {

using Form = OnnxValue::Form;

constexpr std::string_view layer_scale_ending = ".layer_scale";

// One of a node's two inputs to be changed by constants: a copy, with nothing pending that cannot be scaled.
OnnxValue scalable(OnnxNetwork& net, const OnnxNode& node, int input) {
  OnnxValue& x = net.value(node.input(input));
  if (x.padded() || x.form == Form::softmax) net.compute(x, node.label());
  return net.passed(node, input);
}

std::vector<double> changed(std::vector<double> numbers, double (*change)(double)) {
  for (double& number : numbers) number = change(number);
  return numbers;
}

struct Operands {
  int value = 0, constant = -1;  // which input is which; no constant: both are values
};

Operands operands_of(const OnnxNetwork& net, const OnnxNode& node) {
  GRAFT_CHECK(node.inputs() == 2, format, "has ", node.inputs(), " inputs instead of 2");
  if (net.is_constant(node.input(0))) return {1, 0};
  return net.is_constant(node.input(1)) ? Operands{0, 1} : Operands{0, -1};
}

std::vector<double> numbers(const OnnxNetwork& net, const OnnxNode& node, const Operands& operands,
                            const OnnxValue& x) {
  return net.by_channel(net.constant(node.input(operands.constant)), x);
}

// Two values as our layers see them: rows both, or maps both.
void bring_together(OnnxNetwork& net, const OnnxNode& node, OnnxValue& a, OnnxValue& b) {
  const int ranks[] = {net.writer().shape(a.node).rank(), net.writer().shape(b.node).rank()};
  if (ranks[0] > ranks[1]) a = net.as_row(a, node.label());
  if (ranks[1] > ranks[0]) b = net.as_row(b, node.label());
  GRAFT_CHECK(a.layout == b.layout && a.dims.size() == b.dims.size(), shape, "combines tensors of sizes ",
              shape_of(a.dims), " and ", shape_of(b.dims), " in different orders");
}

OnnxValue sum(OnnxNetwork& net, const OnnxNode& node, OnnxValue a, OnnxValue b) {
  bring_together(net, node, a, b);
  const NodeId y = net.writer().add(node.label(), std::make_shared<AddLayer>(), {a.node, b.node});
  return {.node = y, .dims = a.dims, .layout = a.layout};
}

// x sigmoid(x), x hard_sigmoid(x): the activation that it is; nothing else.
Activation gated(OnnxNetwork& net, const OnnxValue& x, const OnnxValue& gate) {
  if (gate.node == 0) return Activation::none;
  const Node& behind = net.writer().graph()[gate.node];
  const auto* layer = dynamic_cast<const ActivationLayer*>(behind.layer.get());
  if (!layer || behind.inputs[0] != x.node) return Activation::none;
  if (layer->kind() == Activation::sigmoid) return Activation::silu;
  return layer->kind() == Activation::hard_sigmoid ? Activation::hard_swish : Activation::none;
}

bool only_scaled(const OnnxValue& x) { return x.affine.bias.empty() && x.affine.scale.size() <= 1; }

// Products that are one layer here; null layer where this is none. `gate` depends on `x`.
LayerPtr gate_layer(OnnxNetwork& net, const OnnxValue& x, const OnnxValue& gate) {
  if (x.form != Form::plain || x.padded() || !only_scaled(x) || !only_scaled(gate)) return nullptr;
  if (gate.form == Form::normal_share)
    return gate.node == x.node ? std::make_shared<ActivationLayer>(Activation::gelu) : nullptr;
  const Activation activation = gated(net, x, gate);
  return activation == Activation::none ? nullptr : std::make_shared<ActivationLayer>(activation);
}

OnnxValue product(OnnxNetwork& net, const OnnxNode& node) {
  const OnnxValue &a = net.value(node.input(0)), &b = net.value(node.input(1));
  for (const auto& [x, gate] : {std::pair(a, b), std::pair(b, a)})
    if (const LayerPtr layer = gate_layer(net, x, gate)) {
      OnnxValue y = net.apply(x, node.label(), layer);
      y.affine.multiply({x.affine.scalar_scale() * gate.affine.scalar_scale()});
      return y;
    }
  OnnxValue left = net.plain(node, 0), right = net.plain(node, 1);
  bring_together(net, node, left, right);
  if (count_of(left.dims) < count_of(right.dims)) std::swap(left, right);
  const NodeId y = net.writer().add(node.label(), std::make_shared<MultiplyLayer>(), {left.node, right.node});
  return {.node = y, .dims = left.dims, .layout = left.layout};
}

// ConvNeXt's: exporters keep its parameter's name, and what has a name of its own stays a layer of its own.
bool is_layer_scale(const OnnxNetwork& net, const OnnxValue& x, const std::string& factors) {
  return factors.ends_with(layer_scale_ending) && !x.pending() && x.channel_axis() >= 0 &&
         net.constant(factors).count() == x.dims[x.channel_axis()];
}

OnnxValue layer_scaled(OnnxNetwork& net, const OnnxValue& x, const std::string& factors) {
  const std::vector<double> numbers = net.by_channel(net.constant(factors), x);
  const auto channels = static_cast<int64_t>(numbers.size());
  return net.apply(x, factors.substr(0, factors.size() - layer_scale_ending.size()),
                   std::make_shared<Scale>(channels, Scale::Kind::layer_scale),
                   {{"layer_scale", HostTensor::from({channels, 1, 1}, {numbers.begin(), numbers.end()})}});
}

}  // namespace

void onnx_add(OnnxNetwork& net, const OnnxNode& node) {
  GRAFT_CHECK(node.inputs() > 0, format, "has no inputs");
  int first = -1;
  for (int i = 0; i < node.inputs(); ++i)
    if (first < 0 && !net.is_constant(node.input(i))) first = i;
  GRAFT_CHECK(first >= 0, format, "adds constants that are too large to be folded");
  OnnxValue y = scalable(net, node, first);
  for (int i = 0; i < node.inputs(); ++i) {
    if (i == first) continue;
    if (net.is_constant(node.input(i))) {
      y.affine.add(net.by_channel(net.constant(node.input(i)), y));
    } else {
      net.compute(y, node.label() + ".term");
      y = sum(net, node, y, net.plain(node, i));
    }
  }
  net.set_value(node, 0, std::move(y));
}

void onnx_sub(OnnxNetwork& net, const OnnxNode& node) {
  const Operands operands = operands_of(net, node);
  if (operands.constant < 0) {
    OnnxValue negative = scalable(net, node, 1);
    negative.affine.multiply({-1});
    negative.sole_reader = false;
    net.compute(negative, node.label() + ".negative");
    return net.set_value(node, 0, sum(net, node, net.plain(node, 0), negative));
  }
  OnnxValue y = scalable(net, node, operands.value);
  std::vector<double> terms = numbers(net, node, operands, y);
  if (operands.constant == 0)
    y.affine.multiply({-1});
  else
    terms = changed(std::move(terms), [](double v) { return -v; });
  y.affine.add(terms);
  net.set_value(node, 0, std::move(y));
}

void onnx_mul(OnnxNetwork& net, const OnnxNode& node) {
  const Operands operands = operands_of(net, node);
  if (operands.constant < 0) return net.set_value(node, 0, product(net, node));
  const OnnxValue& x = net.value(node.input(operands.value));
  if (const std::string& factors = node.input(operands.constant); is_layer_scale(net, x, factors))
    return net.set_value(node, 0, layer_scaled(net, x, factors));
  OnnxValue y = scalable(net, node, operands.value);
  y.affine.multiply(numbers(net, node, operands, y));
  net.set_value(node, 0, std::move(y));
}

void onnx_div(OnnxNetwork& net, const OnnxNode& node) {
  const Operands operands = operands_of(net, node);
  GRAFT_CHECK(operands.constant == 1, format, "divides by a tensor, for which graft has no layer");
  OnnxValue y = scalable(net, node, 0);
  y.affine.multiply(changed(numbers(net, node, operands, y), [](double v) { return 1 / v; }));
  net.set_value(node, 0, std::move(y));
}

void onnx_neg(OnnxNetwork& net, const OnnxNode& node) {
  OnnxValue y = scalable(net, node, 0);
  y.affine.multiply({-1});
  net.set_value(node, 0, std::move(y));
}

}  // namespace graft
