#pragma once

#include "kernels/half_vector.h"
#include "kernels/views.h"

// Elementwise kernels: y[i] = f(x[i]...), computed in float32 whatever is in memory.
namespace graft::GRAFT_TARGET {

// A block takes 1024 neighbours, a thread four of them in one access per operand. Bound by memory: a thread
// has 16 bytes of each operand in flight, an SM full of threads 32 KiB, more than latency times its share of
// the bandwidth (about 15 KiB on an H100). f sees values only, so y may be any of the x. width 1 is for
// operands that are not aligned; y, x: [count]
template <int width, class F, class Output, class... Inputs>
GRAFT_KERNEL_BOUNDED(threads_per_block)
void map_kernel(F f, Output* y, int64_t count, Inputs... x) {
  const int64_t i = (int64_t{block_index().x} * threads_per_block + thread_index().x) * width;
  if (i + width <= count) {
    const auto apply = [&](const auto&... values) {
      Floats<width> out;
      GRAFT_UNROLL
      for (int j = 0; j < width; ++j) out.at[j] = f(values.at[j]...);
      return out;
    };
    store_floats(y + i, apply(load_floats<width>(x + i)...));
  } else {
    for (int64_t j = i; j < count; ++j) store(y + j, f(load(x + j)...));
  }
}

template <int width, class F, class Output, class... Inputs>
void launch_map_of(const char* name, const F& f, Output* y, int64_t count, Stream& stream,
                   const Inputs*... x) {
  launch(name, map_kernel<width, F, Output, const Inputs*...>, {blocks_for(count, width * threads_per_block)},
         {threads_per_block}, 0, stream, f, y, count, x...);
}

template <class F, class Output, class... Inputs>
void launch_map(const char* name, const F& f, Output* y, int64_t count, Stream& stream, const Inputs*... x) {
  if (four_at_a_time({y, x...}, 4))
    launch_map_of<4>(name, f, y, count, stream, x...);
  else
    launch_map_of<1>(name, f, y, count, stream, x...);
}

}  // namespace graft::GRAFT_TARGET
