#include "kernels/batch_norm/batch_norm.h"
#include "kernels/conv_cases.h"
#include "kernels/optimizer/optimizer.h"

namespace graft::test {
namespace {

// What an entry of that name gives on a device of so many threads.
template <class Op>
OpResult run_with(std::string_view name, int threads, const OpCase<Op>& test) {
  const auto device = open_device("cpu", {.threads = threads});
  for (const auto& entry : implementations<Op>())
    if (entry.device == DeviceKind::cpu && entry.name == name) return run_op(entry, *device, test);
  fail(ErrorCode::device, "no entry ", name);
}

template <class Op>
void check_threads(std::string_view name, const OpCase<Op>& test) {
  const OpResult one = run_with(name, 1, test);
  for (int threads : {2, 3, 7}) {
    const OpResult many = run_with(name, threads, test);
    for (size_t i = 0; i < one.tensors.size(); ++i) {
      CHECK(!one.tensors[i].empty());
      CHECK_MESSAGE(one.tensors[i] == many.tensors[i], Op::name, " ", name, " with ", threads, " threads");
    }
    CHECK(one.state.gradient_norm == many.state.gradient_norm);
  }
}

TEST_CASE("our own loops give the same bits for any number of threads") {
  using W = ConvBackwardWeights::Args;
  using B = BatchNormForward::Args;
  for (ConvProblem p : {square_conv(3, 11, 20, 20, 5, 1, 2, 20), square_conv(3, 9, 17, 40, 3, 1, 1)}) {
    p.bias = true;
    const OpCase<ConvBackwardWeights> test{
        p,  {{&W::x, normals(x_shape(p), 1)}, {&W::dy, normals(y_shape(p), 2)}},
        {}, {{&W::dw, zeros(w_shape(p))}, {&W::dbias, zeros({p.k})}},
        {}, {},
        {}, {}};
    check_threads("reference", test);
    if (p.depthwise()) check_threads("depthwise_host", test);
  }
  ConvProblem tiled = square_conv(3, 27, 48, 80, 3, 1, 1);
  tiled.bias = true;
  const HostTensor x = normals(x_shape(tiled), 1), w = normals(w_shape(tiled), 2),
                   dy = normals(y_shape(tiled), 3);
  check_threads("winograd_host", forward_case(tiled, x, w, normals({tiled.k}, 4), {}));
  check_threads("winograd_host", backward_data_case(tiled, dy, w));
  check_threads("winograd_host", backward_weights_case(tiled, x, dy));
  ConvProblem wide = square_conv(3, 13, 144, 128, 3, 1, 1);  // whose filters' gradient is not in pieces
  check_threads("winograd_host",
                backward_weights_case(wide, normals(x_shape(wide), 1), normals(y_shape(wide), 2)));
  const ConvProblem stem = square_conv(5, 30, 3, 32, 3, 2, 1);
  check_threads("stem_host",
                backward_weights_case(stem, normals(x_shape(stem), 1), normals(y_shape(stem), 2)));
  ConvProblem halves = square_conv(3, 11, 20, 20, 5, 1, 2, 20);
  halves.dtype = DType::bfloat16, halves.math = Math::bf16;
  const auto half = [](HostTensor tensor) { return of_type(std::move(tensor), DType::bfloat16); };
  using F = ConvForward::Args;
  check_threads("depthwise_host", OpCase<ConvForward>{halves,
                                                      {{&F::x, half(normals(x_shape(halves), 1))},
                                                       {&F::w, half(normals(w_shape(halves), 2))}},
                                                      {},
                                                      {{&F::y, half(zeros(y_shape(halves)))}},
                                                      {},
                                                      {},
                                                      {},
                                                      {}});
  const BatchNormProblem p{.rows = 3001, .c = 17, .batch_statistics = true};
  check_threads(
      "reference",
      OpCase<BatchNormForward>{
          p,
          {{&B::x, normals({p.rows, p.c}, 1)},
           {&B::scale, normals({p.c}, 2)},
           {&B::shift, normals({p.c}, 3)}},
          {{&B::running_mean, zeros({p.c})}, {&B::running_variance, zeros({p.c})}},
          {{&B::y, zeros({p.rows, p.c})}, {&B::mean, zeros({p.c})}, {&B::inverse_deviation, zeros({p.c})}},
          {},
          {},
          {},
          {}});
  const OpCase<GradientNorm> norm{
      {100003, 1.0}, {{&GradientNorm::Args::gradients, normals({100003}, 1)}}, {}, {}, {}, {}, {}, {}};
  check_threads("reference", norm);
}

}  // namespace
}  // namespace graft::test
