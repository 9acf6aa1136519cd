#include "emulator/accepts.h"
#include "emulator/op_check.h"
#include "kernels/pool/pool.h"

namespace graft {
namespace {

using test::exact;
using test::float32_sums;
using test::Role;
using test::whole_numbers;

PoolProblem window(PoolKind kind, int64_t h, int64_t w, int64_t c, int64_t size, int64_t stride,
                   int64_t pad) {
  return {.kind = kind,
          .n = 2,
          .h = h,
          .w = w,
          .c = c,
          .p = (h + 2 * pad - size) / stride + 1,
          .q = (w + 2 * pad - size) / stride + 1,
          .r = size,
          .s = size,
          .stride_h = stride,
          .stride_w = stride,
          .pad_top = pad,
          .pad_left = pad,
          .pad_bottom = pad,
          .pad_right = pad,
          .saves_places = kind == PoolKind::max};
}

PoolProblem adaptive(int64_t n, int64_t h, int64_t w, int64_t c, int64_t p, int64_t q) {
  return {.kind = PoolKind::average, .n = n, .h = h, .w = w, .c = c, .p = p, .q = q, .adaptive = true};
}

// Both passes; the places that backward reads are those that forward saved.
void check_pool(const PoolProblem& p, int methods = 1) {
  const Shape in{p.n, p.h, p.w, p.c}, out{p.n, p.p, p.q, p.c};
  const bool max = p.kind == PoolKind::max;
  CAPTURE(p);
  CHECK(test::accepts<PoolForward>("simt", p));
  CHECK(test::accepts<PoolBackward>("simt", p));
  std::vector<test::Operand<PoolForward>> forward = {
      {&PoolForward::Args::x, in, Role::input, whole_numbers(in.count(), 1)},
      {&PoolForward::Args::y, out, Role::output}};
  if (p.saves_places) forward.push_back({&PoolForward::Args::places, out, Role::output, {}, DType::uint8});
  const auto outcome = check_op_in_both<PoolForward>(
      p, forward, {&PoolForward::Args::x, &PoolForward::Args::y}, max ? exact : float32_sums, methods);
  PoolProblem slice = p;
  slice.y_slice = true;
  forward[1] = {&PoolForward::Args::y, out, Role::output, {}, DType::float32, p.c + 12 - p.c % 4, 4};
  check_op_in_both<PoolForward>(slice, forward, {&PoolForward::Args::x, &PoolForward::Args::y},
                                max ? exact : float32_sums);
  if (max && !p.saves_places) return;
  std::vector<test::Operand<PoolBackward>> backward = {
      {&PoolBackward::Args::dy, out, Role::input, whole_numbers(out.count(), 2)},
      {&PoolBackward::Args::dx, in, Role::output}};
  if (max)
    backward.push_back({&PoolBackward::Args::places, out, Role::input, outcome.values[2], DType::uint8});
  check_op_in_both<PoolBackward>(p, backward, {&PoolBackward::Args::dy, &PoolBackward::Args::dx},
                                 max ? exact : float32_sums, methods);
}

// One channel a thread, and four.
constexpr int64_t channels[] = {1, 5, 8, 36};

TEST_CASE("kernels: pooling, windows of every kind") {
  for (const PoolKind kind : {PoolKind::max, PoolKind::average})
    for (const int64_t c : channels) {
      check_pool(window(kind, 11, 9, c, 3, 2, 1));
      check_pool(window(kind, 8, 8, c, 2, 2, 0));
      check_pool(window(kind, 5, 7, c, 3, 1, 1));
      check_pool(window(kind, 3, 2, c, 2, 1, 1));
      PoolProblem gaps = window(kind, 7, 10, c, 3, 1, 1);  // inputs that no window reads
      gaps.s = 2;
      gaps.stride_w = 4;
      gaps.q = 3;
      gaps.pad_left = gaps.pad_right = 0;
      check_pool(gaps);
      PoolProblem beyond = window(kind, 6, 6, c, 3, 2, 1);  // the last window ends behind the padding
      beyond.p = beyond.q = 4;
      beyond.pad_bottom = beyond.pad_right = 2;
      beyond.count_padding = true;
      check_pool(beyond);
    }
}

TEST_CASE("kernels: max pooling without places") {
  for (const int64_t c : channels) {
    PoolProblem p = window(PoolKind::max, 6, 6, c, 2, 2, 0);
    p.saves_places = false;
    check_pool(p);
  }
}

TEST_CASE("kernels: max pooling puts the first of equal values and a place into every byte") {
  PoolProblem p = window(PoolKind::max, 16, 16, 4, 16, 1, 0);  // places up to 255
  check_pool(p);
  p.c = 3;
  check_pool(p);
}

TEST_CASE("kernels: adaptive and global average pooling") {
  constexpr int global_and_simt = 2;
  for (const int64_t c : channels) {
    for (const auto& [p, q] : {std::pair{1, 2}, {3, 2}, {7, 10}, {10, 13}})
      check_pool(adaptive(2, 7, 10, c, p, q));
    CHECK(test::accepts<PoolForward>("global", adaptive(3, 7, 7, c, 1, 1)));
    CHECK(test::accepts<PoolBackward>("global", adaptive(3, 7, 7, c, 1, 1)));
    check_pool(adaptive(3, 7, 7, c, 1, 1), global_and_simt);
    check_pool(adaptive(1, 13, 17, c, 1, 1), global_and_simt);
    check_pool(adaptive(3, 1, 1, c, 1, 1), global_and_simt);
  }
  CHECK_FALSE(test::accepts<PoolForward>("global", adaptive(1, 7, 7, 4, 1, 2)));
  CHECK_FALSE(test::accepts<PoolForward>("global", window(PoolKind::average, 7, 7, 4, 7, 1, 0)));
}

TEST_CASE("kernels: pooling refuses more than 32 bits in words") {
  PoolProblem p = window(PoolKind::average, 8, 8, 4, 2, 2, 0);
  CHECK(test::accepts<PoolForward>("simt", p));
  p.n = int64_t{1} << 23;  // 2^31 elements
  CHECK_FALSE(test::accepts<PoolForward>("simt", p));
  CHECK_FALSE(test::accepts<PoolBackward>("simt", p));
  CHECK_FALSE(test::accepts<PoolForward>("simt", adaptive(1, 1 << 16, 1, 1, 1 << 15, 1)));
}

}  // namespace
}  // namespace graft
