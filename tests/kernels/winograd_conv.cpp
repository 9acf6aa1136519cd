#include "kernels/conv/winograd_transforms.h"
#include "kernels/conv_cases.h"
#include "kernels/host_vectors.h"

namespace graft::test {
namespace {

template <class Op>
const Implementation<Op>& winograd_entry() {
  for (const Implementation<Op>& entry : implementations<Op>())
    if (entry.device == DeviceKind::cpu && entry.name == "winograd_host") return entry;
  fail(ErrorCode::device, "no entry winograd_host");
}

template <class Op>
std::string refusal(const ConvProblem& p) {
  return winograd_entry<Op>().refuse(p, device_for_tests("cpu").properties());
}

// Where the processor is too old for it to be chosen, it still has to compute.
template <class Op>
OpResult run_winograd(const OpCase<Op>& test) {
  if (widest_vector_bytes() == 64) CHECK(refusal<Op>(test.problem) == "");
  return run_op(winograd_entry<Op>(), device_for_tests("cpu"), test);
}

// Every remainder of a side and of channels; one and several goes of tiles and of inputs; gradients in pieces
// of the tiles and in one.
std::vector<ConvProblem> problems() {
  std::vector<ConvProblem> found = {
      square_conv(2, 16, 16, 16, 3, 1, 1),   square_conv(3, 13, 16, 48, 3, 1, 1),
      square_conv(2, 18, 80, 16, 3, 1, 1),   square_conv(4, 11, 32, 32, 3, 1, 2),
      square_conv(2, 19, 48, 32, 3),         square_conv(40, 2, 16, 32, 3, 1, 1),
      square_conv(3, 13, 144, 128, 3, 1, 1), square_conv(3, 50, 16, 32, 3, 1, 1)};
  ConvProblem uneven{.n = 3, .h = 9, .w = 30, .c = 16, .k = 32, .r = 3, .s = 3};
  uneven.pad_top = 2, uneven.pad_right = 1;
  found.push_back(uneven);
  return found;
}

// Outputs of a tile share their products, and so their rounding: of [n, h, w, c], in each tile of `side`, the
// largest.
std::vector<double> of_tiles(const Shape& shape, const std::vector<double>& magnitude, int64_t side) {
  const int64_t h = shape[1], w = shape[2], c = shape[3];
  const auto first_of_tile = [&](int64_t i) {
    const int64_t k = i % c, x = i / c % w, y = i / c / w % h, n = i / c / w / h;
    return ((n * h + y / side * side) * w + x / side * side) * c + k;
  };
  std::vector<double> largest(magnitude.size());
  for (int64_t i = 0; i < shape.count(); ++i)
    largest[first_of_tile(i)] = std::max(largest[first_of_tile(i)], magnitude[i]);
  for (int64_t i = 0; i < shape.count(); ++i) largest[i] = largest[first_of_tile(i)];
  return largest;
}

TEST_CASE("winograd conv: within the float32 bound of the double reference") {
  for (ConvProblem p : problems())
    for (const bool epilogue : {false, true}) {
      p.bias = p.residual = epilogue;
      p.activation = epilogue ? Activation::relu6 : Activation::none;
      CAPTURE(p);
      const HostTensor x = normals(x_shape(p), 11), w = normals(w_shape(p), 12), bias = normals({p.k}, 13),
                       residual = normals(y_shape(p), 14), dy = normals(y_shape(p), 15);
      const double terms = double(p.r * p.s);
      ConvProblem sums = p;
      sums.activation = Activation::none;
      const auto magnitude =
          run_reference(forward_case(sums, absolute(x), absolute(w), absolute(bias), absolute(residual)));
      const auto forward = forward_case(p, x, w, bias, residual);
      check_sums(run_winograd(forward).tensors[0], run_reference(forward).tensors[0],
                 of_tiles(y_shape(p), magnitude.tensors[0], winograd::output_side), terms * double(p.c) + 2,
                 "forward", Zeros::allowed);
      const auto data = backward_data_case(p, dy, w);
      check_sums(
          run_winograd(data).tensors[0], run_reference(data).tensors[0],
          of_tiles(x_shape(p), run_reference(backward_data_case(p, absolute(dy), absolute(w))).tensors[0],
                   winograd::output_side),
          terms * double(p.k), "data");
      const auto weights = backward_weights_case(p, x, dy);
      const auto got = run_winograd(weights).tensors, expected = run_reference(weights).tensors,
                 sizes = run_reference(backward_weights_case(p, absolute(x), absolute(dy))).tensors;
      const double rows = double(p.n * p.p() * p.q());
      check_sums(got[0], expected[0], of_tiles(w_shape(p), sizes[0], winograd::filter_side), rows, "weights");
      if (p.bias) check_sums(got[1], expected[1], sizes[1], rows, "bias");
    }
}

TEST_CASE("winograd conv: filters that stay are packed once, to the same bits") {
  using Args = ConvForward::Args;
  ConvProblem p = square_conv(2, 18, 80, 48, 3, 1, 1);
  p.bias = true;
  const HostTensor x = normals(x_shape(p), 21), w = normals(w_shape(p), 22), bias = normals({p.k}, 23);
  const auto each_time = run_winograd(forward_case(p, x, w, bias, {}));
  CHECK_FALSE(each_time.packed);
  p.constant_weights = true;
  const auto once = run_winograd(forward_case(p, x, w, bias, {}));
  CHECK(once.packed);
  CHECK(once.tensors == each_time.tensors);

  p.residual = true;
  const HostTensor residual = normals(y_shape(p), 24);
  const auto apart = run_winograd(forward_case(p, x, w, bias, residual));
  const OpCase<ConvForward> together{p,
                                     {{&Args::x, x}, {&Args::w, w}, {&Args::bias, bias}},
                                     {{&Args::y, residual}},
                                     {},
                                     {{&Args::residual, &Args::y}},
                                     {&Args::w, &Args::bias},
                                     {},
                                     {}};
  CHECK(run_winograd(together).tensors == apart.tensors);
}

TEST_CASE("winograd conv: writes slices of wider pixels, and nothing beside them") {
  ConvProblem p = square_conv(3, 13, 16, 48, 3, 1, 1);
  const HostTensor x = normals(x_shape(p), 31), w = normals(w_shape(p), 32);
  const auto dense = run_winograd(forward_case(p, x, w, {}, {})).tensors[0];
  p.y_slice = true;
  const auto wide = run_winograd(slice_case(p, x, w, {})).tensors[0];
  CHECK(inside_slice(p, wide, "winograd_host") == dense);
}

// sum over inputs of a tile's products, one side alone: y[i] = sum of w[r] * d[i + r].
TEST_CASE("winograd conv: the transforms are those of a convolution, and of its gradient") {
  using namespace winograd;
  const double d[input_side] = {3, -1, 4, 1, -5, 9}, w[filter_side] = {2, -6, 5},
               dy[output_side] = {3, -5, 8, 9};
  double v[input_side], u[input_side], m[input_side], y[output_side], dm[input_side], dw[filter_side];
  Input::apply(d, v);
  Filter::apply(w, u);
  for (int i = 0; i < input_side; ++i) m[i] = v[i] * u[i];
  Output::apply(m, y);
  for (int i = 0; i < output_side; ++i)
    CHECK(y[i] == doctest::Approx(w[0] * d[i] + w[1] * d[i + 1] + w[2] * d[i + 2]).epsilon(1e-6));
  OutputGradient::apply(dy, dm);
  for (int i = 0; i < input_side; ++i) m[i] = v[i] * dm[i];
  FilterGradient::apply(m, dw);
  for (int r = 0; r < filter_side; ++r) {
    double sum = 0;
    for (int i = 0; i < output_side; ++i) sum += dy[i] * d[i + r];
    CHECK(dw[r] == doctest::Approx(sum).epsilon(1e-6));
  }
}

TEST_CASE("winograd conv: says how many products it makes of a convolution") {
  const ConvProblem whole = square_conv(2, 16, 16, 32, 3, 1, 1), part = square_conv(2, 14, 16, 32, 3, 1, 1);
  const auto products = [](const auto& entry, const ConvProblem& p) {
    return entry.prepare(p, device_for_tests("cpu"))->products(p.macs());
  };
  for (const ConvProblem& p : {whole, part}) {
    CHECK(products(winograd_entry<ConvForward>(), p) == whole.macs() / 4);
    CHECK(products(winograd_entry<ConvBackwardData>(), p) == whole.macs() / 4);
    CHECK(products(winograd_entry<ConvBackwardWeights>(), p) == whole.macs() / 4);
  }
}

TEST_CASE("winograd conv: others have what is not its own") {
  const auto refuses = [](const ConvProblem& p) { return !refusal<ConvForward>(p).empty(); };
  const ConvProblem served = square_conv(2, 16, 16, 32, 3, 1, 1);
  CHECK(refuses(served) == (widest_vector_bytes() < 64));
  ConvProblem dilated = square_conv(2, 20, 16, 32, 3, 1, 2), gelu = served, grouped = served;
  dilated.dilation_h = dilated.dilation_w = 2;
  gelu.activation = Activation::gelu;
  grouped.groups = 2;
  for (const ConvProblem& p :
       {dilated, gelu, grouped, square_conv(2, 16, 16, 32, 5, 1, 2), square_conv(2, 32, 16, 32, 3, 2, 1),
        square_conv(2, 16, 24, 32, 3, 1, 1), square_conv(2, 16, 16, 40, 3, 1, 1),
        square_conv(2, 12, 16, 32, 3, 1, 1), square_conv(2, 16, 16, 32, 3, 1, 3)})
    CHECK_MESSAGE(refuses(p), p);
}

}  // namespace
}  // namespace graft::test
