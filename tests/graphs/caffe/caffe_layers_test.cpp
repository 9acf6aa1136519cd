#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "engine/check.h"
#include "graphs/caffe/caffe_files.h"

// Every layer type against plain loops; weights through the file.
namespace graft::test {
namespace {

// A network of one layer that reads 'data'; `body` is what stands between its braces.
void check_layer(const PlainMap& x, std::string_view body, const std::vector<CaffeBlobText>& blobs,
                 const PlainMap& expected) {
  CAPTURE(body);
  const std::string layer = text("layer { name: 'l' bottom: 'data' top: 'y' ", body, " }");
  const CaffePair files(input_layer(x) + layer,
                        blobs.empty() ? caffe_layer("l", {{{1}, {0}}}) : caffe_layer("l", blobs));
  const FileGraph network = read_network(files.weights());
  CHECK(network.format == "Caffe");
  CHECK(network.name == "net");
  check_same(run_network(network, x).at(0), expected);
}

TEST_CASE("caffe: convolutions with every way to give sizes") {
  const PlainMap x = random_map(4, 7, 9, 1);
  const Floats w = random_values(6 * 4 * 3 * 3, 2), b = random_values(6, 3), none(6, 0);
  const auto conv = [](std::string_view options) {
    return text("type: 'Convolution' convolution_param { num_output: 6 ", options, " }");
  };
  check_layer(x, conv("kernel_size: 3 pad: 1 stride: 2"), {{{6, 4, 3, 3}, w}, {{6}, b}},
              plain_conv(x, w, b, {.kernel = 3, .stride = 2, .before = 1, .after = 1}));
  check_layer(x, conv("kernel_h: 3 kernel_w: 3 pad_h: 1 pad_w: 1 bias_term: false"), {{{6, 4, 3, 3}, w}},
              plain_conv(x, w, none, {.kernel = 3, .before = 1, .after = 1}));
  check_layer(x, conv("kernel_size: 3 kernel_size: 3 dilation: 2 pad: 2 weight_filler { type: 'xavier' }"),
              {{{6, 4, 3, 3}, w, false, true}, {{1, 1, 1, 6}, b}},
              plain_conv(x, w, b, {.kernel = 3, .before = 2, .after = 2, .dilation = 2}));
  const Floats grouped(w.begin(), w.begin() + 6 * 2 * 9);
  check_layer(x, conv("kernel_size: 3 group: 2"), {{{6, 2, 3, 3}, grouped}, {{6}, b}},
              plain_conv(x, grouped, b, {.kernel = 3, .groups = 2}));
  const Floats depthwise(w.begin(), w.begin() + 4 * 9), b4(b.begin(), b.begin() + 4);
  for (const char* type : {"DepthwiseConvolution", "ConvolutionDepthwise"})
    check_layer(x, text("type: '", type, "' convolution_param { num_output: 4 kernel_size: 3 }"),
                {{{4, 1, 3, 3}, depthwise}, {{4}, b4}},
                plain_conv(x, depthwise, b4, {.kernel = 3, .groups = 4}));
}

TEST_CASE("caffe: inner products read C,H,W columns, of either orientation") {
  const PlainMap x = random_map(3, 4, 5, 1);
  const Floats w = random_values(7 * 60, 2), b = random_values(7, 3);
  Floats transposed(w.size());
  for (int i = 0; i < 7; ++i)
    for (int j = 0; j < 60; ++j) transposed[j * 7 + i] = w[i * 60 + j];
  check_layer(x, "type: 'InnerProduct' inner_product_param { num_output: 7 }",
              {{{1, 1, 7, 60}, w, true}, {{7}, b, true}}, plain_product(x, w, b));
  check_layer(x,
              "type: 'InnerProduct' inner_product_param { num_output: 7 transpose: true bias_term: false }",
              {{{60, 7}, transposed}}, plain_product(x, w, Floats(7, 0)));
}

// pooling_layer.cpp of Caffe: outputs are rounded up; with padding the last window must start before the
// input's end and its padding; an average divides by the window clipped to the padded input.
struct CaffePooling {
  int64_t size, kernel, stride, pad;
  int64_t outputs() const {
    auto count = static_cast<int64_t>(
                     std::ceil(static_cast<double>(size + 2 * pad - kernel) / static_cast<double>(stride))) +
                 1;
    if (pad > 0 && (count - 1) * stride >= size + pad) --count;
    return count;
  }
  double extent(int64_t i) const {
    const int64_t begin = i * stride - pad;
    return static_cast<double>(std::min(begin + kernel, size + pad) - begin);
  }
};

TEST_CASE("caffe: pooling rounds up, clips its last window and divides by what is left of it") {
  for (const CaffePooling pool :
       {CaffePooling{6, 3, 2, 0}, {6, 3, 2, 1}, {7, 2, 2, 1}, {8, 3, 3, 1}, {5, 5, 1, 2}, {7, 3, 2, 0}}) {
    CAPTURE(pool.size);
    CAPTURE(pool.kernel);
    const PlainMap x = random_map(3, pool.size, pool.size, 1);
    const PlainWindow window{.kernel = pool.kernel, .stride = pool.stride, .before = pool.pad};
    const std::string sizes =
        text("kernel_size: ", pool.kernel, " stride: ", pool.stride, " pad: ", pool.pad);
    check_layer(x, text("type: 'Pooling' pooling_param { pool: MAX ", sizes, " }"), {},
                plain_max(x, window, pool.outputs(), pool.outputs()));
    check_layer(x, text("type: 'Pooling' pooling_param { pool: AVE ", sizes, " }"), {},
                plain_average(x, window, pool.outputs(), pool.outputs(),
                              [&](int64_t i, int64_t j) { return pool.extent(i) * pool.extent(j); }));
  }
  const PlainMap x = random_map(3, 5, 4, 1);
  const auto whole = [](int64_t, int64_t) { return 20.0; };
  check_layer(x, "type: 'Pooling' pooling_param { pool: AVE global_pooling: true }", {},
              plain_average(x, {.kernel = 5}, 1, 1, whole));
  check_layer(x, "type: 'Pooling' pooling_param { global_pooling: true }", {},
              plain_max(x, {.kernel = 5}, 1, 1));
  check_layer(random_map(2, 6, 6, 1),
              "type: 'Pooling' pooling_param { kernel_size: 3 stride: 2 ceil_mode: false }", {},
              plain_max(random_map(2, 6, 6, 1), {.kernel = 3, .stride = 2}, 2, 2));
}

TEST_CASE("caffe: layers that change values where they stand") {
  const PlainMap x = random_map(6, 4, 5, 1);
  const auto relu = [](double slope) { return [slope](double v) { return v > 0 ? v : slope * v; }; };
  check_layer(x, "type: 'ReLU'", {}, plain_each(x, relu(0)));
  check_layer(x, "type: 'ReLU' relu_param { negative_slope: 0.25 engine: CUDNN }", {},
              plain_each(x, relu(0.25)));
  check_layer(plain_each(x, [](double v) { return 10 * v; }), "type: 'ReLU6'", {},
              plain_each(x, [](double v) { return std::clamp(10 * v, 0.0, 6.0); }));
  check_layer(x, "type: 'Sigmoid'", {}, plain_each(x, [](double v) { return 1 / (1 + std::exp(-v)); }));
  check_layer(x, "type: 'Dropout' dropout_param { dropout_ratio: 0.3 }", {}, x);
  const Floats slopes = random_values(6, 2), zeros(6, 0), addends = random_values(6, 3);
  PlainMap sloped = plain_affine(x, slopes, zeros);
  sloped = plain_both(x, sloped, [](double a, double b) { return a > 0 ? a : b; });
  check_layer(x, "type: 'PReLU'", {{{6}, slopes}}, sloped);
  check_layer(x, "type: 'PReLU' prelu_param { channel_shared: true }", {{{}, {0.125f}}},
              plain_each(x, relu(0.125)));
  check_layer(x, "type: 'Scale' scale_param { bias_term: true }", {{{6}, slopes}, {{6}, addends}},
              plain_affine(x, slopes, addends));
  check_layer(x, "type: 'Scale'", {{{6}, slopes}}, plain_affine(x, slopes, zeros));
}

TEST_CASE("caffe: normalisation") {
  const PlainMap x = random_map(6, 4, 5, 1);
  const Floats sums = random_values(6, 2), squares = positive_values(6, 3);
  Floats mean = sums, variance = squares;
  for (int i = 0; i < 6; ++i) {
    mean[i] /= 4;
    variance[i] /= 4;
  }
  check_layer(x, "type: 'BatchNorm' batch_norm_param { eps: 0.01 }",
              {{{6}, sums}, {{6}, squares}, {{1}, {4}}}, plain_norm(x, mean, variance, 0.01));
  PlainMap y = x;
  for (int64_t k = 0; k < 6; ++k)
    for (int64_t i = 0; i < 20; ++i) {
      double sum = 0;
      for (int64_t n = std::max<int64_t>(k - 1, 0); n <= std::min<int64_t>(k + 1, 5); ++n)
        sum += x.values[n * 20 + i] * x.values[n * 20 + i];
      y.values[k * 20 + i] = x.values[k * 20 + i] / std::pow(2 + 0.6 / 3 * sum, 0.5);
    }
  check_layer(x, "type: 'LRN' lrn_param { local_size: 3 alpha: 0.6 beta: 0.5 k: 2 }", {}, y);
}

TEST_CASE("caffe: layers that move values") {
  const PlainMap x = random_map(6, 4, 5, 1);
  check_layer(x, "type: 'Slice' top: 'z' slice_param { slice_point: 2 }", {}, plain_channels(x, 0, 2));
  check_layer(x, "type: 'Slice' top: 'z' top: 'u'", {}, plain_channels(x, 0, 2));
  check_layer(x, "type: 'Upsample' upsample_param { scale: 3 }", {}, plain_upsample(x, 3));
  PlainMap shuffled = x;
  for (int64_t g = 0; g < 2; ++g)
    for (int64_t i = 0; i < 3; ++i)
      std::copy_n(x.values.begin() + (g * 3 + i) * 20, 20, shuffled.values.begin() + (i * 2 + g) * 20);
  check_layer(x, "type: 'ShuffleChannel' shuffle_channel_param { group: 2 }", {}, shuffled);
  const auto sum = [](double a, double b) { return a + b; };
  const auto product = [](double a, double b) { return a * b; };
  const PlainMap square = plain_both(x, x, product);
  check_layer(x, "bottom: 'data' type: 'Eltwise' eltwise_param { operation: PROD }", {}, square);
  check_layer(x, "bottom: 'data' bottom: 'data' type: 'Eltwise' eltwise_param { coeff: 1 coeff: 1 coeff: 1 }",
              {}, plain_both(plain_both(x, x, sum), x, sum));
  check_layer(x, "bottom: 'data' type: 'Concat'", {}, plain_concat({x, x}));
}

// A row as run_network gives it: values one by one.
PlainMap row(std::vector<double> values) {
  PlainMap out(static_cast<int64_t>(values.size()), 1, 1);
  out.values = std::move(values);
  return out;
}

TEST_CASE("caffe: a detector's boxes, permuted, counted anew and joined, keep their order") {
  const PlainMap x = random_map(4, 2, 3, 1);
  std::string net = input_layer(x);
  for (const char* end : {"a", "b"})
    net += text("layer { name: 'p", end, "' type: 'Permute' bottom: 'data' top: 'p", end,
                "' permute_param { order: 0 order: 2 order: 3 order: 1 } }\n");
  net +=
      "layer { name: 'f' type: 'Flatten' bottom: 'pa' top: 'f' }\n"
      "layer { name: 'r' type: 'Reshape' bottom: 'pb' top: 'r' reshape_param { shape { dim: 0 dim: -1 } } }\n"
      "layer { name: 'boxes' type: 'Concat' bottom: 'f' bottom: 'r' top: 'boxes' concat_param { axis: 1 } }\n"
      "layer { name: 'each' type: 'Reshape' bottom: 'boxes' top: 'each' reshape_param { shape { dim: 0 dim: "
      "-1 dim: 2 } } }\n";
  const CaffePair files(net, caffe_layer("l", {{{1}, {0}}}));
  const FileGraph network = read_network(files.weights());
  std::vector<double> expected;
  for (int twice = 0; twice < 2; ++twice)
    for (int64_t i = 0; i < 2; ++i)
      for (int64_t j = 0; j < 3; ++j)
        for (int64_t k = 0; k < 4; ++k) expected.push_back(x.at(k, i, j));
  check_same(run_network(network, x).at(0), row(expected));
  CHECK(network.notes.size() == 1);
}

}  // namespace
}  // namespace graft::test
