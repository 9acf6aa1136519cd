#include "emulator/accepts.h"
#include "emulator/op_check.h"
#include "kernels/gemm/dense.h"
#include "kernels/gemm/gemm_shape.h"

namespace graft {
namespace {

using test::Operand;
using test::Role;

// One row and eight: a product with a vector. Sums in parts; results narrow, small and with a last tile that
// is cut off; outputs that no vector holds.
const DenseProblem cases[] = {
    {.n = 1, .inputs = 1284, .outputs = 130, .bias = true, .activation = Activation::relu},
    {.n = 8, .inputs = 260, .outputs = 268},
    {.n = 9, .inputs = 1028, .outputs = 36, .bias = true, .activation = Activation::relu6},
    {.n = 130, .inputs = 40, .outputs = 28, .bias = true},
    {.n = 67, .inputs = 12, .outputs = 201},
    {.n = 2, .inputs = 7, .outputs = 5, .bias = true},
    {.n = 70, .inputs = 136, .outputs = 1001, .bias = true},
    {.n = 72, .inputs = 1032, .outputs = 40, .bias = true, .activation = Activation::relu},
};

TEST_CASE("kernels: dense layers in every method") {
  for (DenseProblem p : cases)
    for (const auto& [math, numbers, tolerance] : test::product_kinds) {
      p.math = math;
      p.dtype = dtype_of(math);
      const int methods = math == Math::fp32;
      const Shape x{p.n, p.inputs}, w{p.outputs, p.inputs}, y{p.n, p.outputs};
      const auto x_values = numbers(x.count(), 1), w_values = numbers(w.count(), 2);
      const auto dy_values = numbers(y.count(), 3), bias_values = numbers(p.outputs, 4);
      std::vector<Operand<DenseForward>> forward = {
          {&DenseForward::Args::x, x, Role::input, x_values, p.dtype},
          {&DenseForward::Args::w, w, Role::input, w_values, p.dtype},
          {&DenseForward::Args::y, y, Role::output, {}, p.dtype}};
      std::vector<Operand<DenseBackwardWeights>> weights = {
          {&DenseBackwardWeights::Args::x, x, Role::input, x_values, p.dtype},
          {&DenseBackwardWeights::Args::dy, y, Role::input, dy_values, p.dtype},
          {&DenseBackwardWeights::Args::dw, w, Role::output}};
      if (p.bias) {
        forward.push_back({&DenseForward::Args::bias, {p.outputs}, Role::input, bias_values});
        weights.push_back({&DenseBackwardWeights::Args::dbias, {p.outputs}, Role::output});
      }
      test::check_op<DenseForward>(p, forward, tolerance, methods);
      test::check_op<DenseBackwardData>(p,
                                        {{&DenseBackwardData::Args::dy, y, Role::input, dy_values, p.dtype},
                                         {&DenseBackwardData::Args::w, w, Role::input, w_values, p.dtype},
                                         {&DenseBackwardData::Args::dx, x, Role::output, {}, p.dtype}},
                                        tolerance, methods);
      test::check_op<DenseBackwardWeights>(p, weights, tolerance, methods);
    }
}

TEST_CASE("kernels: each shape of dense layer has its methods") {
  const auto check = [](const DenseProblem& p, const char* forward, const char* data, const char* weights) {
    CHECK_MESSAGE(test::methods<DenseForward>(p) == forward, p);
    CHECK_MESSAGE(test::methods<DenseBackwardData>(p) == data, p);
    CHECK_MESSAGE(test::methods<DenseBackwardWeights>(p) == weights, p);
  };
  check({1, 1280, 1000}, "gemv gemm tiled", "gemv gemm tiled", "gemm tiled");
  check({32, 1280, 1000}, "gemm tiled", "gemm tiled", "gemm tiled");
  check({32, 1280, 5}, "gemm tiled", "tiled", "tiled");
  check({8, 1280, 5}, "gemv gemm tiled", "gemv tiled", "tiled");
  check({2, 7, 8}, "tiled", "tiled", "tiled");
}

// Large tiles where they are full and many; narrow ones for few columns; parts where tiles are few.
TEST_CASE("kernels: plans of products") {
  using Tile = ProductPlan::Tile;
  const auto check = [](const ProductPlan& plan, Tile tile, int64_t parts) {
    CHECK(plan.tile == tile);
    CHECK(plan.parts == parts);
    CHECK(plan.parts * plan.steps_of_part >= plan.steps);
  };
  check({DType::float32, 32 * 56 * 56, 256, 64}, Tile::large, 1);
  check({DType::float32, 32 * 56 * 56, 24, 144}, Tile::narrow, 1);
  check({DType::float32, 32 * 56 * 56, 96, 24}, Tile::narrow, 1);
  check({DType::float32, 32 * 56 * 56, 64, 256}, Tile::small, 1);
  check({DType::float32, 49, 1280, 320}, Tile::small, 2);
  check({DType::float32, 49, 160, 960}, Tile::small, 7);
  check({DType::float32, 96, 24, 32 * 56 * 56}, Tile::narrow, 256);
  check({DType::float32, 256, 1024, 32 * 14 * 14}, Tile::large, 32);
  check({DType::bfloat16, 256, 1024, 32 * 14 * 14}, Tile::large, 32);
}

}  // namespace
}  // namespace graft
