#include <algorithm>
#include <limits>

#include "engine/half.h"
#include "kernels/elementwise/cast.h"
#include "kernels/elementwise/elementwise.h"
#include "kernels/onednn_entry.h"
#include "kernels/pool/pool.h"
#include "support/compare.h"

// What the CPU does with bfloat16 in memory beside products.
namespace graft::test {
namespace {

Device& cpu() { return device_for_tests("cpu"); }

// Runs the entries of the CPU's that accept the problem; how many there were.
template <class Op>
int run_on_cpu(const typename Op::Problem& problem, const typename Op::Args& args) {
  int runs = 0;
  for (const Implementation<Op>& entry : implementations<Op>()) {
    if (entry.device != DeviceKind::cpu || !entry.refuse(problem, cpu().properties()).empty()) continue;
    const auto prepared = entry.prepare(problem, cpu());
    const Buffer scratch = filled_buffer(cpu(), nan_bytes(prepared->scratch_bytes() + 64));
    cpu().call([&] { prepared->run(args, {cpu().stream(), scratch.data()}); });
    ++runs;
  }
  return runs;
}

HostTensor halves(const HostTensor& tensor) {
  return of_type({tensor.shape, decode(encode(tensor.values, DType::bfloat16), DType::bfloat16)},
                 DType::bfloat16);
}

TEST_CASE("halves on the host: casts round to the nearest, ties to even; infinity and NaN stay") {
  HostTensor x = normals({40009}, 1);
  const double ties[] = {1 + 0x1p-8, 1 + 3 * 0x1p-8, -1 - 0x1p-8, 0x1.ffp127, 0x1.fep127,
                         0.0,        -0.0,           0x1p-140};
  std::ranges::copy(ties, x.values.begin());
  x.values[100] = std::numeric_limits<double>::infinity();
  x.values[101] = -std::numeric_limits<double>::infinity();
  const HostTensor narrow = halves(x), wide = of_type(narrow, DType::float64);
  const DeviceTensor whole(cpu(), x, false), half(cpu(), narrow, true), back(cpu(), wide, true);
  REQUIRE(run_on_cpu<Cast>({x.shape.count(), DType::float32, DType::bfloat16}, {whole.view(), half.view()}) ==
          1);
  check_equal(half.read(), narrow.values, "to bfloat16");
  CHECK(half.read()[0] == 1);
  CHECK(half.read()[1] == 1 + 0x1p-6);
  CHECK(half.read()[3] == std::numeric_limits<double>::infinity());
  REQUIRE(run_on_cpu<Cast>({x.shape.count(), DType::bfloat16, DType::float32}, {half.view(), back.view()}) ==
          1);
  check_equal(back.read(), narrow.values, "to float32");
  for (const uint32_t bits : {0x7f800001u, 0x7fffffffu, 0xff800001u})
    CHECK(std::isnan(to_float(to_bfloat16(std::bit_cast<float>(bits)))));
}

TEST_CASE("halves on the host: copies into slices of channels") {
  const HostTensor x = halves(normals({2, 3, 5, 7}, 1)), y = halves(normals({2, 3, 5, 16}, 2));
  const DeviceTensor from(cpu(), x, false), to(cpu(), y, false);
  TensorView slice = to.view();
  slice.data = static_cast<bfloat16*>(slice.data) + 4;
  slice.shape = x.shape;
  REQUIRE(run_on_cpu<Copy>({30, 7, DType::bfloat16}, {from.view(), slice}) == 1);
  std::vector<double> expected = y.values;
  for (size_t i = 0; i < x.values.size(); ++i) expected[i / 7 * 16 + 4 + i % 7] = x.values[i];
  check_equal(to.read(), expected, "a slice");
}

TEST_CASE("halves on the host: pooling gives float32's result, rounded") {
  if (!why_no_onednn_bf16().empty()) {
    MESSAGE("skipped: ", why_no_onednn_bf16());
    return;
  }
  PoolProblem largest{.kind = PoolKind::max, .n = 2, .h = 9, .w = 9, .c = 24, .p = 5, .q = 5};
  largest.r = largest.s = 3;
  largest.stride_h = largest.stride_w = 2;
  largest.pad_top = largest.pad_left = largest.pad_bottom = largest.pad_right = 1;
  const PoolProblem mean{
      .kind = PoolKind::average, .n = 3, .h = 7, .w = 7, .c = 40, .p = 1, .q = 1, .adaptive = true};
  for (PoolProblem p : {largest, mean}) {
    const HostTensor x = halves(normals({p.n, p.h, p.w, p.c}, 1)), y = zeros({p.n, p.p, p.q, p.c});
    using A = PoolForward::Args;
    const OpCase<PoolForward> test{p, {{&A::x, of_type(x, DType::float64)}}, {}, {{&A::y, y}}, {}, {}, {},
                                   {}};
    const std::vector<double> exact = run_reference(test).tensors[0];
    const DeviceTensor in(cpu(), x, false), out(cpu(), halves(y), true);
    p.dtype = DType::bfloat16;
    REQUIRE(run_on_cpu<PoolForward>(p, {.x = in.view(), .y = out.view(), .places = {}}) == 1);
    std::vector<double> bound = exact;
    for (double& value : bound) value = std::abs(value) * 0x1p-8 + 1e-6;
    check_within(out.read(), exact, bound, text(p));
  }
}

}  // namespace
}  // namespace graft::test
