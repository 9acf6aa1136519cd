#include "kernels/conv_cases.h"

namespace graft::test {
namespace {

// Where the caches hold nothing: elsewhere these methods leave their problems to others.
template <class Op>
OpResult run_thin(const OpCase<Op>& test) {
  Device& device = device_for_tests("cpu");
  DeviceProperties properties = device.properties();
  properties.cache_bytes = 0;
  for (const Implementation<Op>& entry : implementations<Op>())
    if (entry.device == DeviceKind::cpu && entry.name == "thin_host") {
      CHECK(entry.refuse(problem_on<Op>(device, test.problem), properties) == "");
      return run_op(entry, device, test);
    }
  return {};
}

TEST_CASE("thin conv: integers give the exact sums") {
  for (const auto& [size, c, k] : {std::tuple<int64_t, int64_t, int64_t>{1, 8, 16},
                                   {7, 16, 96},
                                   {13, 96, 16},
                                   {5, 24, 144},
                                   {11, 144, 24},
                                   {9, 32, 256},
                                   {10, 256, 40},
                                   {9, 48, 64},
                                   {70, 16, 32}})
    for (const Activation activation :
         {Activation(Activation::none), Activation(Activation::relu), Activation(Activation::relu6)}) {
      ConvProblem p = square_conv(3, size, c, k, 1);
      CAPTURE(p);
      const HostTensor x = integers(x_shape(p), 3, 1), w = integers(w_shape(p), 3, 2),
                       bias = integers({p.k}, 2, 3), dy = integers(y_shape(p), 3, 5), none;
      CHECK(run_thin(backward_data_case(p, dy, w)).tensors ==
            run_reference(backward_data_case(p, dy, w)).tensors);
      p.activation = activation;
      for (const bool biased : {false, true}) {
        p.bias = biased;
        CHECK(run_thin(backward_weights_case(p, x, dy)).tensors ==
              run_reference(backward_weights_case(p, x, dy)).tensors);
        const auto forward = forward_case(p, x, w, bias, none);
        CHECK(run_thin(forward).tensors == run_reference(forward).tensors);
      }
    }
}

TEST_CASE("thin conv: what is no number stays so") {
  ConvProblem p = square_conv(1, 4, 16, 32, 1);
  HostTensor x = integers(x_shape(p), 3, 1);
  x.values[5] = std::nan("");
  const auto got = run_thin(forward_case(p, x, integers(w_shape(p), 3, 2), {}, {})).tensors;
  CHECK(std::isnan(got[0][0]));
  CHECK(!std::isnan(got[0][p.k]));
}

TEST_CASE("thin conv: others have what the caches hold, and what is not thin") {
  DeviceProperties properties = device_for_tests("cpu").properties();
  const auto refuses = [&](const ConvProblem& p, size_t cache_bytes = 0) {
    properties.cache_bytes = cache_bytes;
    for (const auto& entry : implementations<ConvForward>())
      if (entry.name == "thin_host") return !entry.refuse(p, properties).empty();
    return false;
  };
  const ConvProblem thin = square_conv(2, 8, 16, 96, 1);
  CHECK_FALSE(refuses(thin));
  CHECK(refuses(thin, size_t{2} * 8 * 8 * 96 * sizeof(float)));
  CHECK(refuses(square_conv(2, 8, 16, 96, 3, 1, 1)));
  CHECK(refuses(square_conv(2, 8, 16, 96, 1, 2)));
  CHECK(refuses(square_conv(2, 8, 64, 96, 1)));
  CHECK(refuses(square_conv(2, 8, 16, 384, 1)));
  CHECK(refuses(square_conv(2, 8, 12, 96, 1)));
}

}  // namespace
}  // namespace graft::test
