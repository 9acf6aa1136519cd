#include "kernels/conv_cases.h"
#include "kernels/gemm/dense.h"

// What computes in TF32 is held to the bound of its rounding, and would not pass as float32.
namespace graft::test {
namespace {

// Each operand is off by 2^-11 of itself at most.
std::vector<double> tf32_bound(const std::vector<double>& magnitude, double terms) {
  std::vector<double> bound = sum_bound(magnitude, terms);
  for (size_t i = 0; i < bound.size(); ++i) bound[i] += magnitude[i] * std::ldexp(1.0, -10);
  return bound;
}

// The entries that serve a problem only where it allows TF32. `sums` is the first tensor of their result.
template <class Op>
int check_tf32(OpCase<Op> test, const std::vector<double>& magnitude, double terms) {
  const std::vector<double> exact = run_reference(test).tensors[0];
  const auto in_float32 = test.problem;
  test.problem.math = Math::tf32;
  int checked = 0;
  for_each_implementation<Op>(test.problem, [&](const auto& implementation, Device& device) {
    if (implementation.refuse(problem_on<Op>(device, in_float32), device.properties()).empty()) return;
    const std::string what = name_run(implementation, device, test.problem);
    const std::vector<double> sums = run_op(implementation, device, test).tensors[0];
    check_within(sums, exact, tf32_bound(magnitude, terms), what);
    CHECK_MESSAGE(normalised_error(sums, exact) <= 2e-7, what);
    CHECK_MESSAGE(normalised_error(sums, exact) > 1e-11, what, " would pass as float32");
    const std::vector<double> narrow = sum_bound(magnitude, terms);
    size_t outside = 0;
    for (size_t i = 0; i < sums.size(); ++i) outside += std::abs(sums[i] - exact[i]) > narrow[i];
    CHECK_MESSAGE(outside > sums.size() / 10, what, ": ", outside, " are outside float32's bound");
    ++checked;
  });
  return checked;
}

TEST_CASE("tf32: convolutions stay within its bound, and not within float32's") {
  const int devices = automatic_device().why_not_cuda.empty() ? 2 : 1;
  for (const ConvProblem& p : {square_conv(2, 9, 36, 72, 3, 1, 1), square_conv(1, 14, 48, 132, 1),
                               square_conv(1, 13, 64, 64, 3, 2, 1), square_conv(1, 6, 256, 40, 1)}) {
    const HostTensor x = normals(x_shape(p), 51), w = normals(w_shape(p), 52), dy = normals(y_shape(p), 53);
    const HostTensor sizes[] = {absolute(x), absolute(w), absolute(dy)};
    const auto magnitude = [](const auto& test) { return run_reference(test).tensors[0]; };
    const bool matrices = p.r == 1;
    int runs =
        check_tf32(forward_case(p, x, w, {}, {}), magnitude(forward_case(p, sizes[0], sizes[1], {}, {})),
                   static_cast<double>(p.r * p.s * p.c));
    runs += check_tf32(backward_data_case(p, dy, w), magnitude(backward_data_case(p, sizes[2], sizes[1])),
                       static_cast<double>(p.r * p.s * p.k));
    runs +=
        check_tf32(backward_weights_case(p, x, dy), magnitude(backward_weights_case(p, sizes[0], sizes[2])),
                   static_cast<double>(p.n * p.p() * p.q()));
    CHECK(runs == 3 * devices * (matrices ? 2 : 1));
  }
}

}  // namespace
}  // namespace graft::test
