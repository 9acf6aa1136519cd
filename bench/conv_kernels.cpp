#include "bench/kernel_case.h"
#include "kernels/conv/conv.h"

namespace graft::bench {

namespace {

using Inputs = std::vector<std::vector<float>>;

struct NamedConv {
  std::string name;
  ConvProblem problem;
  bool tiny = false;
};

ConvProblem conv(int64_t n, int64_t size, int64_t c, int64_t k, int64_t filter, int64_t stride = 1,
                 int64_t groups = 1) {
  ConvProblem p{.n = n, .h = size, .w = size, .c = c, .k = k, .r = filter, .s = filter};
  p.stride_h = p.stride_w = stride;
  p.pad_top = p.pad_left = p.pad_bottom = p.pad_right = filter / 2;
  p.groups = groups;
  return p;
}

std::vector<NamedConv> shapes() {
  return {
      {"resnet50.conv1", conv(32, 224, 3, 64, 7, 2)},
      {"resnet50.layer1.0.conv2", conv(32, 56, 64, 64, 3)},
      {"resnet50.layer1.0.conv3", conv(32, 56, 64, 256, 1)},
      {"resnet50.layer3.0.conv2", conv(32, 28, 256, 256, 3, 2)},
      {"resnet50.layer3.1.conv1", conv(32, 14, 1024, 256, 1)},
      {"resnet50.layer4.1.conv2", conv(32, 7, 512, 512, 3)},
      {"mobilenet_v2.features.0", conv(32, 224, 3, 32, 3, 2)},
      {"mobilenet_v2.features.2.expand", conv(32, 112, 16, 96, 1)},
      {"mobilenet_v2.features.2.depthwise", conv(32, 112, 96, 96, 3, 2, 96)},
      {"mobilenet_v2.features.9.depthwise", conv(32, 14, 384, 384, 3, 1, 384)},
      {"mobilenet_v2.features.18", conv(32, 7, 320, 1280, 1)},
      {"efficientnet_lite0.blocks.4.depthwise", conv(32, 28, 240, 240, 5, 1, 240)},
      {"efficientnet_lite0.blocks.9.depthwise", conv(32, 14, 672, 672, 5, 1, 672)},
      {"efficientnet_lite0.blocks.12.project", conv(32, 7, 1152, 192, 1)},
      {"tiny.3x3", conv(1, 14, 32, 32, 3), true},
      {"tiny.1x1", conv(1, 14, 64, 64, 1), true},
      {"tiny.depthwise", conv(1, 14, 32, 32, 3, 1, 32), true},
  };
}

Shape x_shape(const ConvProblem& p) { return {p.n, p.h, p.w, p.c}; }
Shape w_shape(const ConvProblem& p) { return {p.k, p.r, p.s, p.group_c()}; }
Shape y_shape(const ConvProblem& p) { return {p.n, p.p(), p.q(), p.k}; }

// Where output row (or column) `out` and filter tap `tap` read, or -1 outside.
int64_t source(int64_t out, int64_t tap, int64_t stride, int64_t pad, int64_t size) {
  const int64_t at = out * stride - pad + tap;
  return at < size ? at : -1;
}

double forward_element(const ConvProblem& p, const Inputs& in, int64_t i) {
  const int64_t k = i % p.k, q = i / p.k % p.q(), row = i / p.k / p.q() % p.p(), n = i / p.k / p.q() / p.p();
  const int64_t first = k / p.group_k() * p.group_c();
  double sum = 0;
  for (int64_t r = 0; r < p.r; ++r)
    for (int64_t s = 0; s < p.s; ++s) {
      const int64_t h = source(row, r, p.stride_h, p.pad_top, p.h),
                    w = source(q, s, p.stride_w, p.pad_left, p.w);
      if (h < 0 || w < 0) continue;
      for (int64_t c = 0; c < p.group_c(); ++c)
        sum += double(in[0][((n * p.h + h) * p.w + w) * p.c + first + c]) *
               in[1][((k * p.r + r) * p.s + s) * p.group_c() + c];
    }
  return sum;
}

double backward_data_element(const ConvProblem& p, const Inputs& in, int64_t i) {
  const int64_t c = i % p.c, w = i / p.c % p.w, h = i / p.c / p.w % p.h, n = i / p.c / p.w / p.h;
  const int64_t group = c / p.group_c();
  double sum = 0;
  for (int64_t r = 0; r < p.r; ++r)
    for (int64_t s = 0; s < p.s; ++s) {
      const int64_t top = h + p.pad_top - r, left = w + p.pad_left - s;
      if (top < 0 || left < 0 || top % p.stride_h || left % p.stride_w) continue;
      const int64_t row = top / p.stride_h, column = left / p.stride_w;
      if (row >= p.p() || column >= p.q()) continue;
      for (int64_t k = group * p.group_k(); k < (group + 1) * p.group_k(); ++k)
        sum += double(in[0][((n * p.p() + row) * p.q() + column) * p.k + k]) *
               in[1][((k * p.r + r) * p.s + s) * p.group_c() + c % p.group_c()];
    }
  return sum;
}

double backward_weights_element(const ConvProblem& p, const Inputs& in, int64_t i) {
  const int64_t c = i % p.group_c(), s = i / p.group_c() % p.s, r = i / p.group_c() / p.s % p.r;
  const int64_t k = i / p.group_c() / p.s / p.r, channel = k / p.group_k() * p.group_c() + c;
  double sum = 0;
  for (int64_t n = 0; n < p.n; ++n)
    for (int64_t row = 0; row < p.p(); ++row)
      for (int64_t q = 0; q < p.q(); ++q) {
        const int64_t h = source(row, r, p.stride_h, p.pad_top, p.h),
                      w = source(q, s, p.stride_w, p.pad_left, p.w);
        if (h < 0 || w < 0) continue;
        sum += double(in[0][((n * p.h + h) * p.w + w) * p.c + channel]) *
               in[1][((n * p.p() + row) * p.q() + q) * p.k + k];
      }
  return sum;
}

}  // namespace

void register_conv_kernels(const Settings& settings) {
  for (const auto& [name, p, tiny] : shapes()) {
    using F = ConvForward::Args;
    using D = ConvBackwardData::Args;
    using W = ConvBackwardWeights::Args;
    register_kernel<ConvForward>({name,
                                  "conv/forward",
                                  p,
                                  {{&F::x, x_shape(p)}, {&F::w, w_shape(p)}},
                                  &F::y,
                                  y_shape(p),
                                  forward_element},
                                 tiny, settings);
    register_kernel<ConvBackwardData>({name,
                                       "conv/backward_data",
                                       p,
                                       {{&D::dy, y_shape(p)}, {&D::w, w_shape(p)}},
                                       &D::dx,
                                       x_shape(p),
                                       backward_data_element},
                                      tiny, settings);
    register_kernel<ConvBackwardWeights>({name,
                                          "conv/backward_weights",
                                          p,
                                          {{&W::x, x_shape(p)}, {&W::dy, y_shape(p)}},
                                          &W::dw,
                                          w_shape(p),
                                          backward_weights_element},
                                         tiny, settings);
  }
}

}  // namespace graft::bench
