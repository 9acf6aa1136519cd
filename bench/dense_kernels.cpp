#include "bench/kernel_case.h"
#include "kernels/gemm/dense.h"

namespace graft::bench {

namespace {

using Inputs = std::vector<std::vector<float>>;

double forward_element(const DenseProblem& p, const Inputs& in, int64_t i) {
  double sum = 0;
  for (int64_t j = 0; j < p.inputs; ++j)
    sum += double(in[0][i / p.outputs * p.inputs + j]) * in[1][i % p.outputs * p.inputs + j];
  return sum;
}

double backward_data_element(const DenseProblem& p, const Inputs& in, int64_t i) {
  double sum = 0;
  for (int64_t k = 0; k < p.outputs; ++k)
    sum += double(in[0][i / p.inputs * p.outputs + k]) * in[1][k * p.inputs + i % p.inputs];
  return sum;
}

double backward_weights_element(const DenseProblem& p, const Inputs& in, int64_t i) {
  double sum = 0;
  for (int64_t n = 0; n < p.n; ++n)
    sum += double(in[0][n * p.inputs + i % p.inputs]) * in[1][n * p.outputs + i / p.inputs];
  return sum;
}

}  // namespace

void register_dense_kernels(const Settings& settings) {
  struct NamedDense {
    std::string name;
    DenseProblem problem;
    bool tiny = false;
  };
  const NamedDense list[] = {
      {"resnet50.fc", {.n = 32, .inputs = 2048, .outputs = 1000}},
      {"mobilenet_v2.classifier.1", {.n = 32, .inputs = 1280, .outputs = 1000}},
      {"vgg16.classifier.3", {.n = 32, .inputs = 4096, .outputs = 4096}},
      {"tiny.dense", {.n = 8, .inputs = 64, .outputs = 32}, true},
  };
  for (const auto& [name, p, tiny] : list) {
    using F = DenseForward::Args;
    using D = DenseBackwardData::Args;
    using W = DenseBackwardWeights::Args;
    const Shape x{p.n, p.inputs}, w{p.outputs, p.inputs}, y{p.n, p.outputs};
    register_kernel<DenseForward>(
        {name, "dense/forward", p, {{&F::x, x}, {&F::w, w}}, &F::y, y, forward_element}, tiny, settings);
    register_kernel<DenseBackwardData>(
        {name, "dense/backward_data", p, {{&D::dy, y}, {&D::w, w}}, &D::dx, x, backward_data_element}, tiny,
        settings);
    register_kernel<DenseBackwardWeights>(
        {name, "dense/backward_weights", p, {{&W::x, x}, {&W::dy, y}}, &W::dw, w, backward_weights_element},
        tiny, settings);
  }
}

}  // namespace graft::bench
