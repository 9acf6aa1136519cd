#include "transfer/graphs/tflite/tflite_ops.h"

#include <algorithm>

#include "engine/check.h"
#include "layers/prelu.h"
#include "layers/upsample.h"

namespace graft {
namespace {

Padding padding_of(const TfliteBuild& build, int padding) {
  enum { same = 0, valid = 1 };
  if (padding != same && padding != valid) build.fail_here(text("its padding is ", padding));
  return padding == same ? Padding::tensorflow_same() : Padding{};
}

int64_t positive(const TfliteBuild& build, int64_t value, const char* what) {
  constexpr int64_t most = 4096;
  if (value < 1 || value > most) build.fail_here(text("its ", what, " is ", value));
  return value;
}

TfNet::Parameters weight_and_bias(const TfliteBuild& build, HostTensor weight) {
  TfNet::Parameters parameters{{"weight", std::move(weight)}};
  if (build.is_constant(2))
    parameters.push_back({"bias", build.constant(2)});
  else if (build.node.inputs.size() > 2 && build.node.inputs[2] >= 0)
    build.fail_here("its bias is no constant");
  return parameters;
}

HostTensor filter_of(const TfliteBuild& build) {
  if (!build.is_constant(1)) build.fail_here("its filter is no constant");
  return build.constant(1);
}

template <class Options>
ConvOptions conv_options(const TfliteBuild& build, const Options& o, const Shape& weight) {
  return {.inputs = 0,
          .outputs = weight[0],
          .kernel_h = weight[2],
          .kernel_w = weight[3],
          .stride_h = positive(build, o.stride_h(), "stride"),
          .stride_w = positive(build, o.stride_w(), "stride"),
          .padding = padding_of(build, o.padding()),
          .dilation_h = positive(build, o.dilation_h(), "dilation"),
          .dilation_w = positive(build, o.dilation_w(), "dilation")};
}

// Rows above and below, columns before and behind: of a padding, or of what is cut off.
std::optional<Padding> sides_of(const std::vector<int64_t>& by_axis) {
  if (by_axis.size() == 4) return Padding{false, by_axis[0], by_axis[2], by_axis[1], by_axis[3]};
  const bool map = by_axis.size() == 8 && !by_axis[0] && !by_axis[1] && !by_axis[6] && !by_axis[7];
  if (map) return Padding{false, by_axis[2], by_axis[4], by_axis[3], by_axis[5]};
  return {};
}

// Between space_to_batch and batch_to_space a convolution is a dilated one; what the latter cuts off, the
// former had padded only to come to whole blocks.
TfValue convolution_input(const TfliteBuild& build) {
  TfValue x = build.x();
  if (x.spread == std::array<int64_t, 2>{1, 1}) return x;
  const TfliteNode* back = build.reader();
  if (!back || back->op != TfliteOp::batch_to_space_nd || back->inputs.size() != 3)
    build.fail_here("stands behind a space_to_batch, but no batch_to_space follows");
  const std::optional<Padding> cut = sides_of(build.model.integers(back->inputs[2]));
  if (!cut || cut->top || cut->left || cut->bottom < 0 || cut->right < 0 || cut->bottom > x.zeros.bottom ||
      cut->right > x.zeros.right)
    build.fail_here("a batch_to_space cuts off more than space_to_batch had padded");
  x.zeros.bottom -= cut->bottom;
  x.zeros.right -= cut->right;
  return x;
}

TfValue space_to_batch(TfliteBuild& build) {
  const std::vector<int64_t> block = build.integers(1);
  const std::optional<Padding> zeros = sides_of(build.integers(2));
  if (block.size() != 2 || !zeros) build.fail_here("is of something else than height and width");
  return build.net.spread(build.name, build.net.zero_pad(build.name, build.x(), *zeros),
                          {block[0], block[1]});
}
TfValue batch_to_space(TfliteBuild& build) {
  if (build.x().spread != std::array<int64_t, 2>{1, 1}) build.fail_here("follows no convolution");
  return build.x();
}

TfValue conv(TfliteBuild& build) {
  const auto& o = build.options<tflite::Conv2D>();
  const HostTensor weight = permuted(filter_of(build), {0, 3, 1, 2});
  ConvOptions options = conv_options(build, o, weight.shape);
  const Shape& x = build.net.shape(build.x());
  if (x.rank() == 4 && weight.shape[1] > 0 && x.c() != weight.shape[1] && x.c() % weight.shape[1] == 0)
    options.groups = x.c() / weight.shape[1];
  return build.activated(
      build.net.conv(build.name, convolution_input(build), options, weight_and_bias(build, weight)),
      o.activation());
}

TfValue depthwise(TfliteBuild& build) {
  const auto& o = build.options<tflite::DepthwiseConv2D>();
  const HostTensor weight = permuted(filter_of(build), {3, 0, 1, 2});
  ConvOptions options = conv_options(build, o, weight.shape);
  const Shape& x = build.net.shape(build.x());
  if (x.rank() != 4) build.fail_here("needs a map, and was given a vector");
  options.groups = x.c();
  return build.activated(
      build.net.conv(build.name, convolution_input(build), options, weight_and_bias(build, weight)),
      o.activation());
}

TfValue fully_connected(TfliteBuild& build) {
  const auto& o = build.options<tflite::FullyConnected>();
  if (o.weights_format() != 0) build.fail_here("its weights are shuffled for one processor");
  const HostTensor weight = filter_of(build);
  if (weight.shape.rank() != 2) build.fail_here(text("its weights are ", weight.shape, ", no matrix"));
  const TfValue x = o.keep_num_dims() ? build.x() : build.net.flatten("", build.x());
  return build.activated(
      build.net.dense(build.name, x, weight.shape[0], weight_and_bias(build, weight), build.keep_map),
      o.activation());
}

TfValue pool(TfliteBuild& build, PoolKind kind) {
  const auto& o = build.options<tflite::Pool2D>();
  return build.activated(build.net.pool(build.name, build.x(),
                                        {.kind = kind,
                                         .kernel_h = positive(build, o.filter_h(), "window"),
                                         .kernel_w = positive(build, o.filter_w(), "window"),
                                         .stride_h = positive(build, o.stride_h(), "stride"),
                                         .stride_w = positive(build, o.stride_w(), "stride"),
                                         .padding = padding_of(build, o.padding())}),
                         o.activation());
}
TfValue max_pool(TfliteBuild& build) { return pool(build, PoolKind::max); }
TfValue average_pool(TfliteBuild& build) { return pool(build, PoolKind::average); }

void check_no_constant(const TfliteBuild& build) {
  for (size_t i = 0; i < build.inputs.size(); ++i)
    if (build.is_constant(i)) build.fail_here("a constant beside a tensor has no layer");
}

// A tensor and a constant: null where both or none are constants.
struct WithConstant {
  TfValue x;
  HostTensor constant;
};
std::optional<WithConstant> with_constant(const TfliteBuild& build) {
  if (build.inputs.size() != 2 || build.is_constant(0) == build.is_constant(1)) return {};
  const size_t place = build.is_constant(0) ? 0 : 1;
  return WithConstant{build.inputs[1 - place], build.constant(place)};
}

std::vector<double> numbers(const HostTensor& values) { return {values.data, values.data + values.count()}; }

// Of the input's pixels it is preprocessing.
TfValue scaled(const TfliteBuild& build, const TfValue& x, const std::vector<double>& scale,
               const std::vector<double>& bias) {
  if (x.node != build.net.writer().input()) return build.net.scale(build.name, x, scale, bias);
  return build.net.scale_pixels(build.name, x, scale, bias.empty() ? std::vector<double>{0} : bias);
}

TfValue add(TfliteBuild& build) {
  const int activation = build.options<tflite::Add>().activation();
  if (const auto pair = with_constant(build))
    return build.activated(scaled(build, pair->x, {1}, numbers(pair->constant)), activation);
  check_no_constant(build);
  return build.activated(build.net.add(build.name, build.inputs), activation);
}

TfValue multiply(TfliteBuild& build) {
  const int activation = build.options<tflite::Mul>().activation();
  if (const auto pair = with_constant(build))
    return build.activated(scaled(build, pair->x, numbers(pair->constant), {}), activation);
  check_no_constant(build);
  return build.activated(build.net.multiply(build.name, build.inputs), activation);
}

TfValue concatenation(TfliteBuild& build) {
  check_no_constant(build);
  const auto& o = build.options<tflite::Concatenation>();
  if (o.axis() != 3 && o.axis() != -1) build.fail_here("concatenates along another axis than the channels");
  return build.activated(build.net.concat(build.name, build.inputs), o.activation());
}

// To the sizes of its output, of which the first is the batch.
TfValue reshape(TfliteBuild& build) {
  std::vector<int64_t> sizes = build.output().shape;
  if (sizes.size() > 1) sizes.erase(sizes.begin());
  return build.net.reshape(build.name, build.x(), sizes);
}

// The sizes alone tell whether a value moves: where all but one are 1.
TfValue transpose(TfliteBuild& build) {
  const Shape& shape = build.net.shape(build.x());
  if (std::count_if(shape.begin(), shape.end(), [](int64_t size) { return size > 1; }) > 1)
    build.fail_here("a transpose that moves values has no layer; --outputs may end the network before it");
  return reshape(build);
}

TfValue mean(TfliteBuild& build) {
  std::vector<int64_t> axes = build.integers(1);
  for (int64_t& axis : axes) axis += axis < 0 ? 4 : 0;
  std::sort(axes.begin(), axes.end());
  if (axes != std::vector<int64_t>{1, 2}) build.fail_here("its mean is not over height and width");
  return build.net.global_pool(build.name, build.x(), PoolKind::average,
                               build.options<tflite::Reducer>().keep_dims());
}

TfValue pad(TfliteBuild& build) {
  const std::optional<Padding> zeros = sides_of(build.integers(1));
  if (!zeros) build.fail_here("pads something else than height and width");
  return build.net.zero_pad(build.name, build.x(), *zeros);
}

TfValue softmax(TfliteBuild& build) { return build.net.softmax(build.name, build.x()); }
TfValue same(TfliteBuild& build) { return build.x(); }

template <Activation::Kind kind>
TfValue activation(TfliteBuild& build) {
  return build.net.activation(build.name, build.x(), Activation(kind));
}

TfValue leaky_relu(TfliteBuild& build) {
  const float slope = build.options<tflite::LeakyRelu>().alpha();
  if (!(slope >= 0)) build.fail_here(text("its slope is ", slope));
  return build.net.activation(build.name, build.x(), {Activation::leaky_relu, slope});
}

TfValue gelu(TfliteBuild& build) {
  if (build.options<tflite::Gelu>().approximate()) build.fail_here("an approximate GELU has no layer");
  return build.net.activation(build.name, build.x(), Activation::gelu);
}

TfValue prelu(TfliteBuild& build) {
  if (!build.is_constant(1)) build.fail_here("its slopes are no constant");
  const Shape& shape = build.net.shape(build.x());
  HostTensor slopes = build.constant(1);
  if (slopes.count() != shape[shape.rank() - 1])
    build.fail_here("has a slope for each place and not only for each channel");
  slopes.shape = {slopes.count()};
  return build.net.layer(build.name, build.x(), std::make_shared<Prelu>(slopes.count()),
                         {{"weight", slopes}});
}

// By a whole factor; where the corners of both are aligned, the places are others.
TfValue resize(TfliteBuild& build) {
  const std::vector<int64_t> size = build.integers(1);
  const Shape& from = build.net.shape(build.x());
  const bool whole = size.size() == 2 && from.rank() == 4 && size[0] > 0 && size[0] % from.h() == 0 &&
                     size[1] == size[0] / from.h() * from.w();
  if (!whole || build.options<tflite::ResizeNearestNeighbor>().align_corners())
    build.fail_here("resizes by no whole factor; --outputs may end the network before it");
  return build.net.layer(build.name, build.x(), std::make_shared<Upsample>(size[0] / from.h()));
}

struct Known {
  TfliteOp op;
  TfValue (*add)(TfliteBuild& build);
};
constexpr Known known_ops[] = {
    {TfliteOp::add, add},
    {TfliteOp::average_pool_2d, average_pool},
    {TfliteOp::concatenation, concatenation},
    {TfliteOp::conv_2d, conv},
    {TfliteOp::depthwise_conv_2d, depthwise},
    {TfliteOp::dequantize, same},
    {TfliteOp::fully_connected, fully_connected},
    {TfliteOp::logistic, activation<Activation::sigmoid>},
    {TfliteOp::max_pool_2d, max_pool},
    {TfliteOp::mul, multiply},
    {TfliteOp::relu, activation<Activation::relu>},
    {TfliteOp::relu6, activation<Activation::relu6>},
    {TfliteOp::reshape, reshape},
    {TfliteOp::softmax, softmax},
    {TfliteOp::pad, pad},
    {TfliteOp::space_to_batch_nd, space_to_batch},
    {TfliteOp::batch_to_space_nd, batch_to_space},
    {TfliteOp::transpose, transpose},
    {TfliteOp::mean, mean},
    {TfliteOp::squeeze, reshape},
    {TfliteOp::quantize, same},
    {TfliteOp::prelu, prelu},
    {TfliteOp::leaky_relu, leaky_relu},
    {TfliteOp::gelu, gelu},
    {TfliteOp::resize_nearest_neighbor, resize},
    {TfliteOp::hard_swish, activation<Activation::hard_swish>},
};

}  // namespace

const TfValue& TfliteBuild::x() const {
  if (inputs.empty() || is_constant(0)) fail_here("its input is a constant");
  return inputs[0];
}

const TfliteNode* TfliteBuild::reader() const {
  const TfliteNode* found = nullptr;
  for (const TfliteNode& other : model.nodes()) {
    if (std::find(other.inputs.begin(), other.inputs.end(), node.outputs[0]) == other.inputs.end()) continue;
    if (found) return nullptr;
    found = &other;
  }
  return found;
}

HostTensor TfliteBuild::constant(size_t position) const { return model.values(constants[position]); }

std::vector<int64_t> TfliteBuild::integers(size_t position) const {
  return is_constant(position) ? model.integers(constants[position]) : std::vector<int64_t>();
}

TfValue TfliteBuild::activated(const TfValue& x, int activation) const {
  enum { none = 0, relu = 1, relu6 = 3 };
  if (activation == none) return x;
  if (activation == relu) return net.activation(name + ".relu", x, Activation::relu);
  if (activation == relu6) return net.activation(name + ".relu6", x, Activation::relu6);
  fail_here(text("its fused activation ", activation, " has no layer in graft"));
}

TfValue add_tflite_op(TfliteBuild& build) {
  for (const Known& known : known_ops)
    if (known.op == build.node.op) return known.add(build);
  build.fail_here("graft has no layer for TensorFlow Lite's " +
                  tflite_op_name(static_cast<int>(build.node.op)) +
                  "; --outputs NAME may end the network before it");
}

}  // namespace graft
