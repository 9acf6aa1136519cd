#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "emulator/fixture.h"
#include "emulator/op_check.h"
#include "emulator/tensor_core_kernels.h"
#include "engine/half.h"
#include "kernels/conv/conv.h"
#include "support/kernel_devices.h"

// Which element a lane holds is written here as the PTX ISA words it ("Matrix fragments for mma.m16n8k8" and
// "mma.m16n8k16", "ldmatrix"), apart from how the kernels have it.
namespace graft {
namespace {

// 32 bits each, whatever is in them.
using Words = std::vector<uint32_t>;

// Runs work(pointers, stream) on a device's copies of the lists; the last one comes back.
template <class Work>
void run_on(Device& device, std::initializer_list<Words*> lists, const Work& work) {
  device.call([&] {
    std::vector<Buffer> buffers;
    std::vector<uint32_t*> pointers;
    for (Words* list : lists) {
      buffers.emplace_back(device, list->size() * sizeof(uint32_t));
      device.copy_in(buffers.back().data(), list->data(), buffers.back().bytes(), device.stream());
      pointers.push_back(reinterpret_cast<uint32_t*>(buffers.back().data()));
    }
    work(pointers, device.stream());
    Words& out = **(lists.end() - 1);
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
using PlaceOf = Place (*)(size_t lane, size_t i);  // of element i of a lane's fragment

Place place_of_a8(size_t lane, size_t i) {
  const size_t group = lane >> 2, in_group = lane % 4;
  return {i == 0 || i == 2 ? group : group + 8, i < 2 ? in_group : in_group + 4};
}
Place place_of_b8(size_t lane, size_t i) {
  const size_t group = lane >> 2, in_group = lane % 4;
  return {i == 0 ? in_group : in_group + 4, group};
}
Place place_of_a16(size_t lane, size_t i) {
  const size_t group = lane >> 2, in_group = lane % 4;
  const bool first_rows = i < 2 || (i >= 4 && i < 6);
  return {first_rows ? group : group + 8, in_group * 2 + (i & 1) + (i >= 4 ? 8 : 0)};
}
Place place_of_b16(size_t lane, size_t i) {
  const size_t group = lane >> 2, in_group = lane % 4;
  return {in_group * 2 + (i & 1) + (i >= 2 ? 8 : 0), group};
}
Place place_of_c(size_t lane, size_t i) {
  const size_t group = lane >> 2, in_group = lane % 4;
  return {i < 2 ? group : group + 8, in_group * 2 + (i & 1)};
}

uint32_t bits_of(DType type, float value) {
  if (type == DType::float32) return std::bit_cast<uint32_t>(value);
  if (type == DType::bfloat16) return to_bfloat16(value).bits;
  return std::bit_cast<uint16_t>(static_cast<_Float16>(value));
}

// A matrix of whole numbers that every type holds, and what the lanes hold of it.
struct Fragments {
  Fragments(size_t rows, size_t columns, DType type, PlaceOf place_of, int seed)
      : columns(columns), of_lane(rows * columns / 32), place_of(place_of), matrix(rows * columns) {
    for (float& value : matrix) value = static_cast<float>((seed = seed * 37 % 1021) % 241 - 120);
    const size_t of_word = 4 / size_of(type);
    words.resize(matrix.size() / of_word);
    for (size_t i = 0; i < matrix.size(); ++i)
      words[i / of_word] |= bits_of(type, matrix[index(i)]) << (i % of_word * 16);
  }
  // Where in the matrix element i % of_lane of lane i / of_lane is.
  size_t index(size_t i) const {
    const Place place = place_of(i / of_lane, i % of_lane);
    return place.row * columns + place.column;
  }

  size_t columns, of_lane;
  PlaceOf place_of;
  std::vector<float> matrix;
  Words words;
};

void check_fragments(DType type, size_t steps, PlaceOf place_of_a, PlaceOf place_of_b) {
  Fragments a(16, steps, type, place_of_a, 1), b(steps, 8, type, place_of_b, 2);
  const Fragments c(16, 8, DType::float32, place_of_c, 3);
  for (const auto& device : test::kernel_devices()) {
    Words result = c.words;
    run_on(*device, {&a.words, &b.words, &result}, [&](const auto& p, Stream& stream) {
      auto* sums = reinterpret_cast<float*>(p[2]);
      GRAFT_CALL(stream, multiply_fragments(type, p[0], p[1], sums, stream));
    });
    for (size_t i = 0; i < result.size(); ++i) {
      const size_t row = c.index(i) / 8, column = c.index(i) % 8;
      float expected = c.matrix[c.index(i)];
      for (size_t k = 0; k < steps; ++k) expected += a.matrix[row * steps + k] * b.matrix[k * 8 + column];
      REQUIRE(std::bit_cast<float>(result[i]) == expected);
    }
  }
}

TEST_CASE("tensor core: each lane holds the elements that the PTX ISA says") {
  check_fragments(DType::float32, 8, place_of_a8, place_of_b8);
  check_fragments(DType::bfloat16, 16, place_of_a16, place_of_b16);
  check_fragments(DType::float16, 16, place_of_a16, place_of_b16);
}

TEST_CASE("tensor core: ldmatrix gives each lane a word of a row of each matrix") {
  Words rows(32 * 4), out(32 * 4);
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<uint32_t>(i);
  for (const auto& device : test::kernel_devices()) {
    run_on(*device, {&rows, &out}, [](const auto& p, Stream& stream) {
      GRAFT_CALL(stream, hand_out_rows(false, p[0], p[1], stream));
    });
    // Lanes 8 m to 8 m + 7 show the rows of matrix m; lane l receives word l % 4 of row l / 4.
    for (size_t lane = 0; lane < 32; ++lane)
      for (size_t matrix = 0; matrix < 4; ++matrix)
        REQUIRE(out[4 * lane + matrix] == rows[4 * (8 * matrix + lane / 4) + lane % 4]);
  }
}

TEST_CASE("tensor core: ldmatrix.trans gives each lane two neighbours of a column of each matrix") {
  Words rows(32 * 4), out(32 * 4);
  for (size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<uint32_t>((2 * i + 1) << 16 | 2 * i);
  for (const auto& device : test::kernel_devices()) {
    run_on(*device, {&rows, &out}, [](const auto& p, Stream& stream) {
      GRAFT_CALL(stream, hand_out_rows(true, p[0], p[1], stream));
    });
    // Number n of a row is 8 r + n of all; lane l receives column l / 4 of rows 2 (l % 4) and the next.
    for (size_t lane = 0; lane < 32; ++lane)
      for (size_t matrix = 0; matrix < 4; ++matrix) {
        const size_t row = 8 * matrix + 2 * (lane % 4), first = 8 * row + lane / 4;
        REQUIRE(out[4 * lane + matrix] == ((first + 8) << 16 | first));
      }
  }
}

TEST_CASE("tensor core: operands are rounded to the nearest TF32, ties away from zero") {
  const float infinity = std::numeric_limits<float>::infinity(), step = std::ldexp(1.0f, -10);
  std::vector<float> x = {0.0f,
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
  const std::vector<float> expected = {0.0f,
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
  Words bits(32);
  for (size_t i = 0; i < x.size(); ++i) bits[i] = std::bit_cast<uint32_t>(x[i]);
  for (const auto& device : test::kernel_devices()) {
    Words y(32);
    run_on(*device, {&bits, &y},
           [](const auto& p, Stream& stream) { GRAFT_CALL(stream, round_to_tf32(p[0], p[1], stream)); });
    for (size_t i = 0; i < x.size(); ++i) CHECK_MESSAGE(y[i] == std::bit_cast<uint32_t>(expected[i]), x[i]);
  }
}

TEST_CASE("half vector: what is stored in bfloat16 is the nearest, ties to even") {
  const float infinity = std::numeric_limits<float>::infinity(), step = 0x1p-7f;
  const std::vector<std::pair<float, float>> cases = {
      {0.0f, 0.0f},
      {-0.0f, -0.0f},
      {1 + step, 1 + step},
      {1 + step / 2, 1.0f},                       // a tie, to even
      {1 + 1.5f * step, 1 + 2 * step},            // a tie, to even
      {-(1 + step / 2 + 0x1p-23f), -(1 + step)},  // just above a tie
      {3.14159274f, 3.140625f},
      {0x1.fep+127f, 0x1.fep+127f},
      {std::numeric_limits<float>::max(), infinity},
      {infinity, infinity},
      {-infinity, -infinity}};
  Words x(32), y(32);
  for (size_t i = 0; i < cases.size(); ++i) x[i] = std::bit_cast<uint32_t>(cases[i].first);
  x[cases.size()] = 0x7f800001u;  // a NaN whose upper half alone would be infinity
  for (const auto& device : test::kernel_devices()) {
    run_on(*device, {&x, &y}, [](const auto& p, Stream& stream) {
      GRAFT_CALL(stream, round_to_bfloat16(reinterpret_cast<const float*>(p[0]),
                                           reinterpret_cast<uint16_t*>(p[1]), stream));
    });
    const auto stored = [&](size_t i) { return std::bit_cast<float>(y[i / 2] >> (i % 2 * 16) << 16); };
    for (size_t i = 0; i < cases.size(); ++i)
      CHECK_MESSAGE(std::bit_cast<uint32_t>(stored(i)) == std::bit_cast<uint32_t>(cases[i].second),
                    cases[i].first);
    CHECK(std::isnan(stored(cases.size())));
  }
}

#if GRAFT_CHECKED

// Every pass of one convolution on the checked device, by the entry of that name.
emulator::Counts count_accesses(const ConvProblem& problem, std::string_view method) {
  const std::string name = text(method, '_', name_of(problem.math));
  const DType type = dtype_of(problem.math);
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
  run(std::vector<test::Operand<ConvForward>>{{&ConvForward::Args::x, x, Role::input, values(x), type},
                                              {&ConvForward::Args::w, w, Role::input, values(w), type},
                                              {&ConvForward::Args::y, y, Role::output, {}, type}});
  run(std::vector<test::Operand<ConvBackwardData>>{
      {&ConvBackwardData::Args::dy, y, Role::input, values(y), type},
      {&ConvBackwardData::Args::w, w, Role::input, values(w), type},
      {&ConvBackwardData::Args::dx, x, Role::output, {}, type}});
  run(std::vector<test::Operand<ConvBackwardWeights>>{
      {&ConvBackwardWeights::Args::x, x, Role::input, values(x), type},
      {&ConvBackwardWeights::Args::dy, y, Role::input, values(y), type},
      {&ConvBackwardWeights::Args::dw, w, Role::output}});
  return emulator.counts();
}

TEST_CASE("tensor core: copies and fragments meet no bank of shared memory twice") {
  for (const Math math : {Math::tf32, Math::bf16}) {
    const ConvProblem matrices{
        .n = 1, .h = 16, .w = 16, .c = 64, .k = 128, .r = 1, .s = 1, .dtype = dtype_of(math), .math = math};
    ConvProblem windows = matrices, few = matrices;
    windows.h = windows.w = 10, windows.r = windows.s = 3;
    few.k = few.c = 32;  // the narrow tile
    emulator::Counts counts = count_accesses(matrices, "gemm");
    counts.merge(count_accesses(windows, "implicit_gemm"));
    emulator::Counts narrow = count_accesses(few, "gemm");
    int products = 0;
    for (const emulator::Counts& some : {counts, narrow})
      for (const auto& [kernel, found] : some) {
        if (!kernel.ends_with(name_of(math))) continue;
        ++products;
        CHECK_MESSAGE(found.shared.requests > 0, kernel);
        CHECK_MESSAGE(found.shared.parts == found.shared.ideal, kernel, ": ", found.shared.parts,
                      " wavefronts instead of ", found.shared.ideal);
      }
    CHECK(products == 9);
  }
}

#endif

}  // namespace
}  // namespace graft
