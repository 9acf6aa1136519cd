#include "kernels/pool/pool_kernels.h"
#include "kernels/simt.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

struct Window {
  PoolWindow rows, columns;  // inside the input
  int64_t top, left;         // of the unclipped window
  int64_t divisor;           // of an average
};

GRAFT_DEVICE int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
GRAFT_DEVICE int64_t larger(int64_t a, int64_t b) { return a < b ? b : a; }

GRAFT_DEVICE Window window_of(const PoolProblem& p, int64_t i, int64_t j) {
  const PoolWindow rows = p.rows(i), columns = p.columns(j);
  Window window{{larger(rows.begin, 0), smaller(rows.end, p.h)},
                {larger(columns.begin, 0), smaller(columns.end, p.w)},
                rows.begin,
                columns.begin,
                0};
  window.divisor =
      larger(window.rows.end - window.rows.begin, 0) * larger(window.columns.end - window.columns.begin, 0);
  if (p.count_padding && !p.adaptive)
    window.divisor = (smaller(rows.end, p.h + p.pad_bottom) - rows.begin) *
                     (smaller(columns.end, p.w + p.pad_right) - columns.begin);
  return window;
}

// One thread an output; neighbours have neighbouring channels and read side by side.
// x: [N, H, W, C]; y, places: [N, P, Q, C]
GRAFT_KERNEL_BOUNDED(threads_per_block)
void pool_forward_average_simt_kernel(PoolProblem p, const float* x, float* y) {
  const int64_t i = int64_t{block_index().x} * threads_per_block + thread_index().x;
  if (i >= p.n * p.p * p.q * p.c) return;
  const int64_t pixel = i / p.c;
  const Window window = window_of(p, pixel / p.q % p.p, pixel % p.q);
  const float* image = x + pixel / (p.p * p.q) * p.h * p.w * p.c + i % p.c;
  float sum = 0;
  for (int64_t h = window.rows.begin; h < window.rows.end; ++h)
    for (int64_t w = window.columns.begin; w < window.columns.end; ++w) sum += image[(h * p.w + w) * p.c];
  y[i] = sum / static_cast<float>(larger(window.divisor, 1));
}

GRAFT_KERNEL_BOUNDED(threads_per_block)
void pool_forward_max_simt_kernel(PoolProblem p, const float* x, float* y, uint8_t* places) {
  const int64_t i = int64_t{block_index().x} * threads_per_block + thread_index().x;
  if (i >= p.n * p.p * p.q * p.c) return;
  const int64_t pixel = i / p.c;
  const Window window = window_of(p, pixel / p.q % p.p, pixel % p.q);
  const float* image = x + pixel / (p.p * p.q) * p.h * p.w * p.c + i % p.c;
  float best = 0;
  int64_t place = -1;
  for (int64_t h = window.rows.begin; h < window.rows.end; ++h)
    for (int64_t w = window.columns.begin; w < window.columns.end; ++w) {
      const float value = image[(h * p.w + w) * p.c];
      if (place >= 0 && !(value > best)) continue;
      best = value;
      place = (h - window.top) * p.s + w - window.left;
    }
  y[i] = best;
  if (places) places[i] = static_cast<uint8_t>(larger(place, 0));
}

// The outputs whose window holds an input's row or column: [begin, end).
GRAFT_DEVICE PoolWindow outputs_of(const PoolProblem& p, int64_t at, bool rows) {
  const int64_t inputs = rows ? p.h : p.w, outputs = rows ? p.p : p.q;
  if (p.adaptive) return {at * outputs / inputs, ((at + 1) * outputs + inputs - 1) / inputs};
  const int64_t stride = rows ? p.stride_h : p.stride_w, size = rows ? p.r : p.s;
  const int64_t padded = at + (rows ? p.pad_top : p.pad_left);
  return {larger(padded - size + stride, 0) / stride, smaller(padded / stride + 1, outputs)};
}

// One thread an input: it gathers from the windows that hold it in a fixed order, so nothing is added
// concurrently. dy, places: [N, P, Q, C]; dx: [N, H, W, C]
GRAFT_KERNEL_BOUNDED(threads_per_block)
void pool_backward_simt_kernel(PoolProblem p, const float* dy, const uint8_t* places, float* dx) {
  const int64_t i = int64_t{block_index().x} * threads_per_block + thread_index().x;
  if (i >= p.n * p.h * p.w * p.c) return;
  const int64_t pixel = i / p.c, h = pixel / p.w % p.h, w = pixel % p.w;
  const PoolWindow rows = outputs_of(p, h, true), columns = outputs_of(p, w, false);
  const int64_t image = pixel / (p.h * p.w) * p.p * p.q * p.c + i % p.c;
  float sum = 0;
  for (int64_t a = rows.begin; a < rows.end; ++a)
    for (int64_t b = columns.begin; b < columns.end; ++b) {
      const int64_t output = image + (a * p.q + b) * p.c;
      if (!places)
        sum += dy[output] / static_cast<float>(larger(window_of(p, a, b).divisor, 1));
      else if (places[output] == (h - p.rows(a).begin) * p.s + w - p.columns(b).begin)
        sum += dy[output];
    }
  dx[i] = sum;
}

}  // namespace

void pool_forward_simt(const PoolProblem& p, const PoolForward::Args& args, const RunContext& context) {
  const GridSize grid{blocks_for(p.n * p.p * p.q * p.c, threads_per_block)};
  if (p.kind == PoolKind::average)
    launch("pool_forward_average_simt", pool_forward_average_simt_kernel, grid, {threads_per_block}, 0,
           context.stream, p, floats(args.x), floats(args.y));
  else
    launch("pool_forward_max_simt", pool_forward_max_simt_kernel, grid, {threads_per_block}, 0,
           context.stream, p, floats(args.x), floats(args.y), p.saves_places ? bytes(args.places) : nullptr);
}

void pool_backward_simt(const PoolProblem& p, const PoolBackward::Args& args, const RunContext& context) {
  launch("pool_backward_simt", pool_backward_simt_kernel,
         {blocks_for(p.n * p.h * p.w * p.c, threads_per_block)}, {threads_per_block}, 0, context.stream, p,
         floats(args.dy), p.kind == PoolKind::max ? bytes(args.places) : nullptr, floats(args.dx));
}

}  // namespace graft::GRAFT_TARGET
