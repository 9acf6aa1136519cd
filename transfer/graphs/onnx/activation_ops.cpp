#include <cmath>
#include <limits>

#include "engine/check.h"
#include "layers/activation.h"
#include "layers/prelu.h"
#include "transfer/graphs/onnx/op_table.h"
#include "transfer/graphs/onnx/sizes.h"

namespace graft {

namespace {

constexpr double close = 1e-4;  // of a constant that a file rounded

bool near(double a, double b) { return std::abs(a - b) <= close * std::max(1.0, std::abs(b)); }

OnnxValue activated(OnnxNetwork& net, const OnnxNode& node, const OnnxValue& x, Activation activation) {
  return net.apply(x, node.label(), std::make_shared<ActivationLayer>(activation));
}

void write_activation(OnnxNetwork& net, const OnnxNode& node, Activation activation) {
  net.set_value(node, 0, activated(net, node, net.plain(node, 0), activation));
}

// x changed by factor and term, computed, activated, changed back by another factor and term.
OnnxValue between(OnnxNetwork& net, const OnnxNode& node, double factor, double term, Activation activation,
                  double factor_behind, double term_behind) {
  OnnxValue x = net.plain(node, 0);
  x.affine.multiply({factor});
  x.affine.add({term});
  x.sole_reader = false;
  net.compute(x, node.label() + ".scale");
  OnnxValue y = activated(net, node, x, activation);
  y.affine.multiply({factor_behind});
  y.affine.add({term_behind});
  return y;
}

}  // namespace

void onnx_relu(OnnxNetwork& net, const OnnxNode& node) { write_activation(net, node, Activation::relu); }
void onnx_sigmoid(OnnxNetwork& net, const OnnxNode& node) {
  write_activation(net, node, Activation::sigmoid);
}
void onnx_hard_swish(OnnxNetwork& net, const OnnxNode& node) {
  write_activation(net, node, Activation::hard_swish);
}

void onnx_leaky_relu(OnnxNetwork& net, const OnnxNode& node) {
  const auto slope = static_cast<float>(node.real("alpha", 0.01));
  write_activation(net, node, {Activation::leaky_relu, slope});
}

void onnx_prelu(OnnxNetwork& net, const OnnxNode& node) {
  const OnnxValue& x = net.plain(node, 0);
  const Shape& shape = net.writer().shape(x.node);
  const int64_t channels = shape[shape.rank() - 1];
  const std::vector<double> given = net.by_channel(net.constant(node.input(1)), x);
  std::vector<float> slopes(given.begin(), given.end());
  if (slopes.size() == 1) slopes.assign(static_cast<size_t>(channels), slopes[0]);
  net.set_value(node, 0,
                net.apply(x, net.layer_name(node, 1), std::make_shared<Prelu>(channels),
                          {{"weight", HostTensor::from({channels}, std::move(slopes))}}));
}

// min(max(alpha x + beta, 0), 1) is ours, min(max(x / 6 + 1/2, 0), 1), of 6 (alpha x + beta - 1/2).
void onnx_hard_sigmoid(OnnxNetwork& net, const OnnxNode& node) {
  const double alpha = node.real("alpha", 0.2), beta = node.real("beta", 0.5);
  if (near(alpha, 1.0 / 6) && near(beta, 0.5)) return write_activation(net, node, Activation::hard_sigmoid);
  net.set_value(node, 0, between(net, node, 6 * alpha, 6 * beta - 3, Activation::hard_sigmoid, 1, 0));
}

// relu and relu6 where they are meant; x + 3 clipped to 0..6 is 6 hard_sigmoid(x); other limits are relu and
// relu6 of a scaled x.
void onnx_clip(OnnxNetwork& net, const OnnxNode& node) {
  constexpr double open = 1e30;
  const double low = given_number(net, node, "min", 1).value_or(-open);
  const double high = given_number(net, node, "max", 2).value_or(open);
  GRAFT_CHECK(low <= high, format, "clips to ", low, " .. ", high);
  const OnnxValue& x = net.value(node.input(0));
  if (near(low, 0) && near(high, 6) && x.affine.scale.empty() && x.affine.bias.size() == 1 &&
      near(x.affine.bias[0], 3) && x.form == OnnxValue::Form::plain && !x.padded()) {
    OnnxValue base = x;
    base.affine = {};
    OnnxValue y = activated(net, node, base, Activation::hard_sigmoid);
    y.affine.multiply({6});
    return net.set_value(node, 0, std::move(y));
  }
  const bool below = low > -open, above = high < open;
  if (!below && !above) return net.set_value(node, 0, net.plain(node, 0));
  if (!above && low == 0) return write_activation(net, node, Activation::relu);
  if (low == 0 && high == 6) return write_activation(net, node, Activation::relu6);
  OnnxValue y = !above        ? between(net, node, 1, -low, Activation::relu, 1, low)
                : !below      ? between(net, node, -1, high, Activation::relu, -1, high)
                : low == high ? between(net, node, 0, 0, Activation::relu, 0, low)
                              : between(net, node, 6 / (high - low), -6 * low / (high - low),
                                        Activation::relu6, (high - low) / 6, low);
  net.set_value(node, 0, std::move(y));
}

void onnx_gelu(OnnxNetwork& net, const OnnxNode& node) {
  GRAFT_CHECK(node.text("approximate", "none") == "none", format, "is GELU by tanh; graft has the exact one");
  write_activation(net, node, Activation::gelu);
}

// Erf(x / sqrt 2) = 2 share - 1.
void onnx_erf(OnnxNetwork& net, const OnnxNode& node) {
  OnnxValue x = net.value(node.input(0));
  GRAFT_CHECK(x.form == OnnxValue::Form::plain && !x.padded() && x.affine.bias.empty() &&
                  near(x.affine.scalar_scale(), std::sqrt(0.5)) && x.affine.scalar(),
              format, "is only understood as a part of GELU, x (1 + Erf(x / sqrt 2)) / 2");
  x.form = OnnxValue::Form::normal_share;
  x.affine = {.scale = {2}, .bias = {-1}};
  net.set_value(node, 0, std::move(x));
}

}  // namespace graft
