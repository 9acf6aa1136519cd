#include "transfer/graphs/tensorflow/tf_net.h"

#include <algorithm>
#include <utility>

#include "layers/activation.h"
#include "layers/add.h"
#include "layers/concat.h"
#include "layers/dense.h"
#include "layers/dropout.h"
#include "layers/flatten.h"
#include "layers/multiply.h"
#include "layers/scale.h"
#include "layers/window.h"
#include "transfer/graphs/tensorflow/pixel_text.h"
#include "transfer/weights/bytes.h"

namespace graft {
namespace {

bool has_bias(const TfNet::Parameters& parameters) {
  return std::any_of(parameters.begin(), parameters.end(),
                     [](const GraphWriter::Parameter& p) { return p.name == "bias"; });
}

bool none(const Padding& p) { return !p.same && !p.top && !p.left && !p.bottom && !p.right; }

Padding sum(const Padding& a, const Padding& b) {
  return {false, a.top + b.top, a.left + b.left, a.bottom + b.bottom, a.right + b.right};
}

}  // namespace

void TfNet::fail_at(std::string_view name, const std::string& what) const {
  fail(ErrorCode::format, net_.file(), ": '", printable(name), "': ", what);
}

void TfNet::take_pixels(std::string_view name, const TfValue& x) {
  if (x.node != net_.input()) return;
  if (pixels_ && *pixels_ != x.pixels)
    fail_at(name, "reads the input's pixels scaled in another way than other layers do");
  pixels_ = x.pixels;
}

NodeId TfNet::settled(std::string_view name, const TfValue& x) {
  if (!none(x.zeros)) fail_at(name, "zero padding is read only in front of a convolution or a pool");
  if (x.spread != std::array<int64_t, 2>{1, 1})
    fail_at(name, "a space_to_batch is read only in front of a convolution");
  if (x.softmax) fail_at(name, "a softmax is read only at the network's end");
  take_pixels(name, x);
  return x.node;
}

// Padding becomes what stood before the window and what the window itself adds.
NodeId TfNet::window_input(std::string_view name, const TfValue& x, Padding& padding, int64_t extent_h,
                           int64_t extent_w, int64_t stride_h, int64_t stride_w) {
  if (shape(x).rank() != 4) fail_at(name, "needs a map, and was given a vector");
  if (!none(x.zeros)) {
    const Padding own =
        resolve(padding, shape(x).h() + x.zeros.top + x.zeros.bottom,
                shape(x).w() + x.zeros.left + x.zeros.right, extent_h, extent_w, stride_h, stride_w);
    padding = sum(own, x.zeros);
  }
  TfValue inner = x;
  inner.zeros = {};
  return settled(name, inner);
}

NodeId TfNet::vector(std::string_view name, const TfValue& x) {
  const NodeId node = settled(name, x);
  if (net_.shape(node).rank() == 2) return node;
  return net_.add("", std::make_shared<Flatten>(), {node});
}

TfValue TfNet::conv(std::string_view name, const TfValue& x, ConvOptions options,
                    const Parameters& parameters) {
  TfValue from = x;
  options.dilation_h *= std::exchange(from.spread[0], 1);
  options.dilation_w *= std::exchange(from.spread[1], 1);
  const NodeId node =
      window_input(name, from, options.padding, (options.kernel_h - 1) * options.dilation_h + 1,
                   (options.kernel_w - 1) * options.dilation_w + 1, options.stride_h, options.stride_w);
  options.inputs = net_.shape(node).c();
  options.bias = has_bias(parameters);
  return {.node = net_.add(name, std::make_shared<Conv>(options), {node}, parameters)};
}

TfValue TfNet::dense(std::string_view name, const TfValue& x, int64_t outputs, const Parameters& parameters,
                     bool keep_map) {
  const bool map = shape(x).rank() == 4 && (keep_map || !x.flat);
  if (map) {
    ConvOptions options{.inputs = 0, .outputs = outputs, .kernel_h = 1, .kernel_w = 1, .padding = {}};
    TfValue y = conv(name, x, options, parameters);
    y.flat = x.flat;
    return y;
  }
  const NodeId node = vector(name, x);
  const auto layer = std::make_shared<Dense>(net_.shape(node)[1], outputs, has_bias(parameters));
  return {.node = net_.add(name, layer, {node}, parameters), .flat = true};
}

bool TfNet::non_negative(NodeId node) const {
  const Graph& graph = net_.graph();
  while (node > 0 && (dynamic_cast<const Pool*>(graph[node].layer.get()) ||
                      dynamic_cast<const DropoutLayer*>(graph[node].layer.get())))
    node = graph[node].inputs[0];
  const auto* last = node > 0 ? dynamic_cast<const ActivationLayer*>(graph[node].layer.get()) : nullptr;
  if (!last) return false;
  const Activation::Kind kind = last->kind().kind;
  return kind == Activation::relu || kind == Activation::relu6 || kind == Activation::sigmoid ||
         kind == Activation::hard_sigmoid;
}

TfValue TfNet::pool(std::string_view name, const TfValue& x, PoolOptions options) {
  if (!none(x.zeros)) {
    if (options.kind == PoolKind::max && !non_negative(x.node))
      fail_at(name, "the largest value is taken among padded zeros too, which graft's pool leaves out");
    if (options.kind == PoolKind::average && options.padding.same)
      fail_at(name, "an average over zero padding and SAME padding at once has no layer");
    options.count_padding = options.kind == PoolKind::average;
  }
  const NodeId node = window_input(name, x, options.padding, options.kernel_h, options.kernel_w,
                                   options.stride_h, options.stride_w);
  return {.node = net_.add(name, std::make_shared<Pool>(options), {node})};
}

TfValue TfNet::global_pool(std::string_view name, const TfValue& x, PoolKind kind, bool keep_dims) {
  const NodeId node = settled(name, x);
  const Shape& map = net_.shape(node);
  if (map.rank() != 4) fail_at(name, "needs a map, and was given a vector");
  LayerPtr layer = Pool::adaptive_average(1, 1);
  if (kind == PoolKind::max)
    layer = std::make_shared<Pool>(
        PoolOptions{.kind = kind, .kernel_h = map.h(), .kernel_w = map.w(), .padding = {}});
  return {.node = net_.add(name, layer, {node}), .flat = !keep_dims};
}

TfValue TfNet::activation(std::string_view name, const TfValue& x, Activation activation) {
  if (activation == Activation::none) return x;
  return layer(name, x, std::make_shared<ActivationLayer>(activation));
}

TfValue TfNet::layer(std::string_view name, const TfValue& x, const LayerPtr& layer,
                     const Parameters& parameters) {
  const NodeId node = settled(name, x);
  return {.node = net_.add(name, layer, {node}, parameters), .flat = x.flat};
}

TfValue TfNet::scale(std::string_view name, const TfValue& x, const std::vector<double>& scale,
                     const std::vector<double>& bias) {
  const Shape& from = shape(x);
  const int64_t channels = from[from.rank() - 1];
  const auto by_channel = [&](const std::vector<double>& values) {
    if (values.size() != 1 && static_cast<int64_t>(values.size()) != channels)
      fail_at(name, text("has ", values.size(), " numbers for ", channels, " channels"));
    std::vector<float> all(static_cast<size_t>(channels));
    for (size_t c = 0; c < all.size(); ++c) all[c] = static_cast<float>(values[values.size() == 1 ? 0 : c]);
    return HostTensor::from({channels}, std::move(all));
  };
  Parameters parameters{{"weight", by_channel(scale)}};
  if (!bias.empty()) parameters.push_back({"bias", by_channel(bias)});
  return layer(name, x,
               std::make_shared<Scale>(channels, bias.empty() ? Scale::Kind::plain : Scale::Kind::with_bias),
               parameters);
}

TfValue TfNet::add(std::string_view name, const std::vector<TfValue>& inputs) {
  if (inputs.size() < 2) fail_at(name, "an addition needs at least two inputs");
  TfValue sum = inputs[0];
  for (size_t i = 1; i < inputs.size(); ++i) {
    const NodeId a = settled(name, sum), b = settled(name, inputs[i]);
    sum = {.node = net_.add(name, std::make_shared<AddLayer>(), {a, b}), .flat = inputs[0].flat};
  }
  return sum;
}

TfValue TfNet::multiply(std::string_view name, const std::vector<TfValue>& inputs) {
  if (inputs.size() != 2) fail_at(name, "a multiplication needs two inputs");
  NodeId a = settled(name, inputs[0]), b = settled(name, inputs[1]);
  if (net_.shape(a).count() < net_.shape(b).count()) std::swap(a, b);
  return {.node = net_.add(name, std::make_shared<MultiplyLayer>(), {a, b}),
          .flat = inputs[0].flat && inputs[1].flat};
}

TfValue TfNet::concat(std::string_view name, const std::vector<TfValue>& inputs) {
  if (inputs.empty()) fail_at(name, "a concatenation needs inputs");
  std::vector<NodeId> nodes;
  for (const TfValue& x : inputs) nodes.push_back(settled(name, x));
  return {.node = net_.add(name, std::make_shared<Concat>(), nodes), .flat = inputs[0].flat};
}

TfValue TfNet::zero_pad(std::string_view name, TfValue x, const Padding& zeros) {
  constexpr int64_t most = 4096;
  for (const int64_t count : {zeros.top, zeros.left, zeros.bottom, zeros.right})
    if (count < 0 || count > most)
      fail_at(name, text("a padding of ", count, " is not between 0 and ", most));
  if (shape(x).rank() != 4 || x.softmax) fail_at(name, "pads something that is no map");
  x.zeros = sum(x.zeros, zeros);
  return x;
}

TfValue TfNet::spread(std::string_view name, TfValue x, std::array<int64_t, 2> block) {
  constexpr int64_t most = 256;
  for (int i : {0, 1}) {
    if (block[i] < 1 || block[i] > most)
      fail_at(name, text("a block of ", block[i], " is not between 1 and ", most));
    x.spread[i] *= block[i];
  }
  return x;
}

TfValue TfNet::flatten(std::string_view name, TfValue x) {
  if (shape(x).rank() == 4 && shape(x).h() * shape(x).w() > 1)
    x.node = net_.add(name, std::make_shared<Flatten>(), {settled(name, x)});
  x.flat = true;
  return x;
}

TfValue TfNet::reshape(std::string_view name, TfValue x, std::vector<int64_t> sizes) {
  const Shape& from = shape(x);
  int64_t known = 1;
  for (const int64_t size : sizes)
    if (size != -1 && (size < 1 || __builtin_mul_overflow(known, size, &known)))
      fail_at(name, text("a size of ", size, " cannot be reshaped to"));
  const auto rest = std::find(sizes.begin(), sizes.end(), -1);
  if (rest != sizes.end()) *rest = from.count() / known;
  const int64_t channels = sizes.empty() ? 1 : sizes.back();
  if (from.rank() == 4 && sizes == std::vector<int64_t>{from.h(), from.w(), from.c()}) {
    x.flat = false;
    return x;
  }
  const bool one_row = channels == from.count();
  if (one_row && sizes.size() == 1) return flatten(name, x);
  if (one_row && sizes.size() == 3 && from.rank() == 4) {
    x.flat = false;
    return x;
  }
  fail_at(name, text("reshapes ", from,
                     " in a way that graft has no layer for; --outputs may end the network before it"));
}

TfValue TfNet::softmax(std::string_view name, TfValue x) {
  settled(name, x);
  x.softmax = true;
  return x;
}

TfValue TfNet::scale_pixels(std::string_view name, TfValue x, std::vector<double> scale,
                            std::vector<double> offset) {
  if (x.node != net_.input() || !none(x.zeros))
    fail_at(name, "numbers are scaled only at the network's input; --outputs may end the network before it");
  for (int c = 0; c < 3; ++c) {
    const auto of = [&](const std::vector<double>& values) {
      if (values.size() != 1 && values.size() != 3) fail_at(name, "scales by neither one number nor three");
      return values[values.size() == 1 ? 0 : c];
    };
    x.pixels.offset[c] = x.pixels.offset[c] * of(scale) + of(offset);
    x.pixels.scale[c] *= of(scale);
  }
  return x;
}

FileGraph TfNet::finish(const std::vector<TfValue>& outputs) && {
  std::vector<NodeId> nodes;
  for (TfValue x : outputs) {
    if (x.softmax) net_.note("its last softmax is left out: graft's outputs are logits");
    x.softmax = false;
    nodes.push_back(x.flat ? vector("output", x) : settled("output", x));
  }
  if (pixels_ && *pixels_ != TfValue::Pixels{})
    net_.description().preprocessing = pixel_text(net_.file(), pixels_->scale, pixels_->offset);
  net_.description().usual_preprocessing = "keras";
  return std::move(net_).finish(nodes);
}

}  // namespace graft
