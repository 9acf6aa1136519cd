#include "kernels/elementwise/elementwise_kernels.h"
#include "kernels/map.h"

namespace graft::GRAFT_TARGET {
namespace {

// One thread eight neighbours: an access of 16 bytes for each operand, where four of bfloat16 have only
// eight. Bound by memory: 6 bytes and two operations an element. a, b, y: [8 eights]
GRAFT_KERNEL_BOUNDED(threads_per_block)
void add_wide_kernel(Activation activation, const bfloat16* a, const bfloat16* b, bfloat16* y,
                     int64_t eights) {
  const int64_t i = int64_t{block_index().x} * threads_per_block + thread_index().x;
  if (i >= eights) return;
  Eight sum = load8(a + 8 * i);
  const Eight other = load8(b + 8 * i);
  GRAFT_UNROLL
  for (int j = 0; j < 8; ++j) sum.at[j] = activate(activation, sum.at[j] + other.at[j]);
  store8(y + 8 * i, sum);
}

}  // namespace

// Slices of a tensor may begin anywhere: those are left to the kernel for everything.
void add_wide(const AddProblem& p, const Add::Args& args, const RunContext& context) {
  if (!four_at_a_time({args.a.data, args.b.data, args.y.data}, 4)) return add_simt(p, args, context);
  const int64_t eights = p.count / 8;
  launch("add_wide", add_wide_kernel, {blocks_for(eights, threads_per_block)}, {threads_per_block}, 0,
         context.stream, p.activation, elements<const bfloat16>(args.a), elements<const bfloat16>(args.b),
         elements<bfloat16>(args.y), eights);
}

}  // namespace graft::GRAFT_TARGET
