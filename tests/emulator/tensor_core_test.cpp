#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "emulator/fixture.h"
#include "emulator/op_check.h"
#include "emulator/tensor_core_kernels.h"
#include "kernels/conv/conv.h"
#include "support/kernel_devices.h"

// Which element a lane holds is written here as the PTX ISA words it ("Matrix fragments for mma.m16n8k8",
// "ldmatrix"), apart from how the kernels have it.
namespace graft {
namespace {

using Values = std::vector<float>;

// Runs work(pointers, stream) on a device's copies of the lists; the last one comes back.
template <class Work>
void run_on(Device& device, std::initializer_list<Values*> lists, const Work& work) {
  device.call([&] {
    std::vector<Buffer> buffers;
    std::vector<float*> pointers;
    for (Values* list : lists) {
      buffers.emplace_back(device, list->size() * sizeof(float));
      device.copy_in(buffers.back().data(), list->data(), buffers.back().bytes(), device.stream());
      pointers.push_back(reinterpret_cast<float*>(buffers.back().data()));
    }
    work(pointers, device.stream());
    Values& out = **(lists.end() - 1);
    device.copy_out(out.data(), buffers.back().data(), buffers.back().bytes(), device.stream());
    device.stream().synchronize();
  });
}

#if GRAFT_CUDA
#define GRAFT_CALL(stream, call) stream.device().kind == DeviceKind::cuda ? cuda::call : emulated::call
#else
#define GRAFT_CALL(stream, call) emulated::call
#endif

struct Place {
  size_t row, column;
};
Place place_of_a(size_t lane, size_t i) {
  const size_t group = lane >> 2, in_group = lane % 4;
  return {i == 0 || i == 2 ? group : group + 8, i < 2 ? in_group : in_group + 4};
}
Place place_of_b(size_t lane, size_t i) {
  const size_t group = lane >> 2, in_group = lane % 4;
  return {i == 0 ? in_group : in_group + 4, group};
}
Place place_of_c(size_t lane, size_t i) {
  const size_t group = lane >> 2, in_group = lane % 4;
  return {i < 2 ? group : group + 8, in_group * 2 + (i & 1)};
}

// A matrix of whole numbers that TF32 holds, and what the lanes hold of it.
template <size_t rows, size_t columns>
struct Fragments {
  using PlaceOf = Place (*)(size_t lane, size_t i);
  static constexpr size_t of_lane = rows * columns / 32;

  Fragments(PlaceOf place_of, int seed) : place_of(place_of), lanes(rows * columns) {
    for (size_t i = 0; i < rows * columns; ++i)
      matrix[i / columns][i % columns] = static_cast<float>((seed = seed * 37 % 1021) - 500);
    for (size_t i = 0; i < lanes.size(); ++i) lanes[i] = at(matrix, i);
  }
  // Element i % of_lane of lane i / of_lane.
  float& at(float (&of)[rows][columns], size_t i) const {
    const Place place = place_of(i / of_lane, i % of_lane);
    return of[place.row][place.column];
  }

  PlaceOf place_of;
  float matrix[rows][columns];
  Values lanes;
};

TEST_CASE("tensor core: each lane holds the elements that the PTX ISA says") {
  Fragments<16, 8> a(place_of_a, 1), c(place_of_c, 3);
  Fragments<8, 8> b(place_of_b, 2);
  for (const auto& device : test::kernel_devices()) {
    Values result = c.lanes;
    run_on(*device, {&a.lanes, &b.lanes, &result}, [](const auto& p, Stream& stream) {
      GRAFT_CALL(stream, multiply_fragments(p[0], p[1], p[2], stream));
    });
    float product[16][8];
    for (size_t i = 0; i < result.size(); ++i) c.at(product, i) = result[i];
    for (size_t row = 0; row < 16; ++row)
      for (size_t column = 0; column < 8; ++column) {
        float expected = c.matrix[row][column];
        for (size_t k = 0; k < 8; ++k) expected += a.matrix[row][k] * b.matrix[k][column];
        REQUIRE(product[row][column] == expected);
      }
  }
}

TEST_CASE("tensor core: ldmatrix gives each lane a word of a row of each matrix") {
  Values rows(32 * 4), out(32 * 4);
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<float>(i);
  for (const auto& device : test::kernel_devices()) {
    run_on(*device, {&rows, &out},
           [](const auto& p, Stream& stream) { GRAFT_CALL(stream, hand_out_rows(p[0], p[1], stream)); });
    // Lanes 8 m to 8 m + 7 show the rows of matrix m; lane l receives word l % 4 of row l / 4.
    for (size_t lane = 0; lane < 32; ++lane)
      for (size_t matrix = 0; matrix < 4; ++matrix)
        REQUIRE(out[4 * lane + matrix] == rows[4 * (8 * matrix + lane / 4) + lane % 4]);
  }
}

TEST_CASE("tensor core: operands are rounded to the nearest TF32, ties away from zero") {
  const float infinity = std::numeric_limits<float>::infinity(), step = std::ldexp(1.0f, -10);
  Values x = {0.0f,
              -0.0f,
              1.0f,
              1 + step,
              1 + step / 2,
              -(1 + step / 2),
              1 + step / 2 - std::ldexp(1.0f, -23),
              1 + 1.5f * step,
              3.14159274f,
              -2.71828175f,
              1e-30f,
              1e30f,
              infinity,
              -infinity};
  const Values expected = {0.0f,
                           -0.0f,
                           1.0f,
                           1 + step,
                           1 + step,
                           -(1 + step),
                           1.0f,
                           1 + 2 * step,
                           3.140625f,
                           -2.71875f,
                           std::ldexp(std::round(std::ldexp(1e-30f, 110)), -110),
                           std::ldexp(std::round(std::ldexp(1e30f, -89)), 89),
                           infinity,
                           -infinity};
  const size_t count = expected.size();
  x.resize(32);
  for (const auto& device : test::kernel_devices()) {
    Values y(32);
    run_on(*device, {&x, &y},
           [](const auto& p, Stream& stream) { GRAFT_CALL(stream, round_to_tf32(p[0], p[1], stream)); });
    for (size_t i = 0; i < count; ++i)
      CHECK_MESSAGE(std::bit_cast<uint32_t>(y[i]) == std::bit_cast<uint32_t>(expected[i]), x[i]);
  }
}

#if GRAFT_CHECKED

// Every pass of one convolution on the checked device, by the entry of that name.
emulator::Counts count_accesses(const ConvProblem& problem, std::string_view name) {
  const auto checked = open_device("checked", {.threads = 1});
  emulator::Emulator& emulator = emulator::emulator_of(checked->stream());
  emulator.set_options({.count = true});
  const Shape x{problem.n, problem.h, problem.w, problem.c},
      y{problem.n, problem.p(), problem.q(), problem.k}, w{problem.k, problem.r, problem.s, problem.c};
  const auto run = [&]<class Op>(const std::vector<test::Operand<Op>>& operands) {
    for (const Implementation<Op>& entry : implementations<Op>())
      if (entry.device == DeviceKind::checked && entry.name == name)
        test::run_entry(*checked, entry, problem, operands, {});
  };
  using test::Role;
  const auto values = [](const Shape& shape) { return test::real_numbers(shape.count(), 1); };
  run(std::vector<test::Operand<ConvForward>>{{&ConvForward::Args::x, x, Role::input, values(x)},
                                              {&ConvForward::Args::w, w, Role::input, values(w)},
                                              {&ConvForward::Args::y, y, Role::output}});
  run(std::vector<test::Operand<ConvBackwardData>>{{&ConvBackwardData::Args::dy, y, Role::input, values(y)},
                                                   {&ConvBackwardData::Args::w, w, Role::input, values(w)},
                                                   {&ConvBackwardData::Args::dx, x, Role::output}});
  run(std::vector<test::Operand<ConvBackwardWeights>>{
      {&ConvBackwardWeights::Args::x, x, Role::input, values(x)},
      {&ConvBackwardWeights::Args::dy, y, Role::input, values(y)},
      {&ConvBackwardWeights::Args::dw, w, Role::output}});
  return emulator.counts();
}

TEST_CASE("tensor core: copies and fragments meet no bank of shared memory twice") {
  const ConvProblem matrices{.n = 1, .h = 16, .w = 16, .c = 64, .k = 128, .r = 1, .s = 1, .math = Math::tf32};
  ConvProblem windows = matrices;
  windows.h = windows.w = 10, windows.r = windows.s = 3;
  emulator::Counts counts = count_accesses(matrices, "gemm_tf32");
  counts.merge(count_accesses(windows, "implicit_gemm_tf32"));
  int products = 0;
  for (const auto& [kernel, found] : counts) {
    if (!kernel.ends_with("_tf32")) continue;
    ++products;
    CHECK_MESSAGE(found.shared.requests > 0, kernel);
    CHECK_MESSAGE(found.shared.parts == found.shared.ideal, kernel, ": ", found.shared.parts,
                  " wavefronts instead of ", found.shared.ideal);
  }
  CHECK(products == 6);
}

#endif

}  // namespace
}  // namespace graft
