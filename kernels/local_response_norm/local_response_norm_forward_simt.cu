#include "kernels/local_response_norm/response_tile.h"

namespace graft::GRAFT_TARGET {
namespace {

struct Shared {
  float x[response_rows][response_channels + response_halo];
};

// The tile of response_tile.h. Bound by memory: 8 bytes an element (4 in bfloat16) and 4 a channel of the
// halo; the window's squares come from shared memory, where a warp's are neighbours. x, y: [rows, c]
template <class Element>
GRAFT_KERNEL_BOUNDED(threads_per_block)
void local_response_norm_forward_simt_kernel(const Element* x, Element* y, ResponseSizes z) {
  auto& shared = shared_memory<Shared>();
  const Int3 t = thread_index();
  const auto place = ResponsePlace::of_thread(z.c);
  load_responses(shared.x[t.y], x, z, place.row, place.channel - z.before,
                 response_channels + z.before + z.after);
  block_barrier();
  const int64_t channel = place.channel + t.x;
  if (place.row >= z.rows || channel >= z.c) return;
  const int at = t.x + z.before;
  const float scale = z.scale(window_squares(shared.x[t.y], at, z));
  store(y + place.row * z.c + channel, shared.x[t.y][at] * z.power(scale));
}

template <class Element>
void run(const LocalResponseNormProblem& p, const LocalResponseNormForward::Args& args, Stream& stream) {
  launch("local_response_norm_forward_simt", local_response_norm_forward_simt_kernel<Element>,
         response_grid(p), response_block, sizeof(Shared), stream, elements<const Element>(args.x),
         elements<Element>(args.y), response_sizes(p));
}

}  // namespace

void local_response_norm_forward_simt(const LocalResponseNormProblem& p,
                                      const LocalResponseNormForward::Args& args, const RunContext& context) {
  with_element(p.dtype, [&](auto element) { run<decltype(element)>(p, args, context.stream); });
}

}  // namespace graft::GRAFT_TARGET
