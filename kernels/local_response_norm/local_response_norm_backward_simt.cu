#include "kernels/local_response_norm/response_tile.h"

namespace graft::GRAFT_TARGET {
namespace {

struct Shared {
  float x[response_rows][response_channels + 2 * response_halo];
  float parts[response_rows][response_channels + response_halo];  // dy x s^(-beta - 1)
};

// The tile of response_tile.h, x with twice the halo: windows that a channel of the tile is in begin outside
// it. Each window's part is formed once, in shared memory, and added by all the channels that it is told
// from. Bound by memory: 12 bytes an element, 6 in bfloat16. x, dy, dx: [rows, c]
template <class Element>
GRAFT_KERNEL_BOUNDED(threads_per_block)
void local_response_norm_backward_simt_kernel(const Element* x, const Element* dy, Element* dx,
                                              ResponseSizes z, float factor) {
  auto& shared = shared_memory<Shared>();
  const Int3 t = thread_index();
  const auto place = ResponsePlace::of_thread(z.c);
  const int halo = z.before + z.after;
  const float* values = shared.x[t.y];
  float* parts = shared.parts[t.y];
  load_responses(shared.x[t.y], x, z, place.row, place.channel - halo, response_channels + 2 * halo);
  block_barrier();
  // parts[q] is of channel place.channel - after + q, whose x is values[q + before].
  const int64_t row = place.row * z.c;
  for (int q = t.x; q < response_channels + halo; q += response_channels) {
    const int64_t channel = place.channel - z.after + q;
    const bool there = place.row < z.rows && channel >= 0 && channel < z.c;
    const float scale = z.scale(window_squares(values, q + z.before, z));
    parts[q] = there ? load(dy + row + channel) * values[q + z.before] * z.power(scale) / scale : 0.0f;
  }
  block_barrier();
  const int64_t channel = place.channel + t.x;
  if (place.row >= z.rows || channel >= z.c) return;
  float others = 0;
  for (int q = t.x; q <= t.x + halo; ++q) others += parts[q];
  const float scale = z.scale(window_squares(values, t.x + halo, z));
  store(dx + row + channel, load(dy + row + channel) * z.power(scale) - factor * values[t.x + halo] * others);
}

template <class Element>
void run(const LocalResponseNormProblem& p, const LocalResponseNormBackward::Args& args, Stream& stream) {
  const auto factor = static_cast<float>(2 * p.alpha * p.beta / static_cast<double>(p.size));
  launch("local_response_norm_backward_simt", local_response_norm_backward_simt_kernel<Element>,
         response_grid(p), response_block, sizeof(Shared), stream, elements<const Element>(args.x),
         elements<const Element>(args.dy), elements<Element>(args.dx), response_sizes(p), factor);
}

}  // namespace

void local_response_norm_backward_simt(const LocalResponseNormProblem& p,
                                       const LocalResponseNormBackward::Args& args,
                                       const RunContext& context) {
  with_element(p.dtype, [&](auto element) { run<decltype(element)>(p, args, context.stream); });
}

}  // namespace graft::GRAFT_TARGET
