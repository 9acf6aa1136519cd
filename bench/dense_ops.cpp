#include "bench/ops.h"
#include "kernels/gemm/dense.h"

namespace graft::bench {

namespace {

constexpr Letter letters[] = {{'n', "rows", 1, 1 << 20, 1},
                              {'c', "inputs", 1, 1 << 24, 1024},
                              {'k', "outputs, as c", 1, 1 << 24, 1024, 'c'}};

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

DenseProblem dense_problem(const Sizes& sizes, Math math) {
  const DenseProblem p{.n = sizes.at('n'),
                       .inputs = sizes.at('c'),
                       .outputs = sizes.at('k'),
                       .dtype = dtype_of(math),
                       .math = math};
  check_elements("x", double(p.n) * p.inputs);
  check_elements("w", double(p.outputs) * p.inputs);
  check_elements("y", double(p.n) * p.outputs);
  return p;
}

Shape x_shape(const DenseProblem& p) { return {p.n, p.inputs}; }
Shape w_shape(const DenseProblem& p) { return {p.outputs, p.inputs}; }
Shape y_shape(const DenseProblem& p) { return {p.n, p.outputs}; }

std::vector<KernelCase> forward(const Sizes& sizes, Math math) {
  using A = DenseForward::Args;
  const DenseProblem p = dense_problem(sizes, math);
  return cases_of<DenseForward>(
      {p, {{&A::x, x_shape(p)}, {&A::w, w_shape(p)}}, &A::y, y_shape(p), forward_element});
}

std::vector<KernelCase> backward_data(const Sizes& sizes, Math math) {
  using A = DenseBackwardData::Args;
  const DenseProblem p = dense_problem(sizes, math);
  return cases_of<DenseBackwardData>(
      {p, {{&A::dy, y_shape(p)}, {&A::w, w_shape(p)}}, &A::dx, x_shape(p), backward_data_element});
}

std::vector<KernelCase> backward_weights(const Sizes& sizes, Math math) {
  using A = DenseBackwardWeights::Args;
  const DenseProblem p = dense_problem(sizes, math);
  return cases_of<DenseBackwardWeights>({p,
                                         {{&A::x, x_shape(p)}, {&A::dy, y_shape(p)}},
                                         &A::dw,
                                         w_shape(p),
                                         backward_weights_element,
                                         DType::float32});
}

constexpr OpPass passes[] = {{"dense", "forward", letters, forward},
                             {"dense", "backward_data", letters, backward_data},
                             {"dense", "backward_weights", letters, backward_weights}};

}  // namespace

std::span<const OpPass> dense_passes() { return passes; }

}  // namespace graft::bench
