#include "kernels/column_reduce.h"
#include "kernels/layer_norm/layer_norm_kernels.h"
#include "kernels/warp_rows.h"

namespace graft::GRAFT_TARGET {
namespace {

// A warp a row. With n = (x - mean) inverse and g = dy scale: dx = inverse (g - mean of g - n mean of g n).
// Both means come out of one walk over the row, which the second finds in the cache; 12 bytes an element, 6
// in bfloat16. dx may be dy. x, dy, dx: [rows, c]; scale: [c]; mean, variance: [rows]
template <int width, class Element>
GRAFT_KERNEL_BOUNDED(threads_per_block)
void layer_norm_backward_simt_kernel(const Element* x, const Element* dy, Element* dx, const float* scale,
                                     const float* mean, const float* variance, float epsilon, int64_t rows,
                                     int64_t c) {
  const int64_t row = row_of_warp();
  if (row >= rows) return;
  x += row * c;
  dy += row * c;
  dx += row * c;
  const float center = mean[row], inverse = 1 / sqrtf(variance[row] + epsilon);
  float plain = 0, normed = 0;
  for_each_channel<width>(c, [&](int64_t k) {
    const auto values = load_floats<width>(x + k), gradients = load_floats<width>(dy + k);
    const auto scales = load_floats<width>(scale + k);
    GRAFT_UNROLL
    for (int i = 0; i < width; ++i) {
      const float g = gradients.at[i] * scales.at[i];
      plain += g;
      normed += g * ((values.at[i] - center) * inverse);
    }
  });
  const float share = 1.0f / static_cast<float>(c);
  plain = warp_sum(plain) * share;
  normed = warp_sum(normed) * share;
  for_each_channel<width>(c, [&](int64_t k) {
    const auto values = load_floats<width>(x + k);
    auto gradients = load_floats<width>(dy + k);
    const auto scales = load_floats<width>(scale + k);
    GRAFT_UNROLL
    for (int i = 0; i < width; ++i)
      gradients.at[i] =
          inverse * (gradients.at[i] * scales.at[i] - plain - (values.at[i] - center) * inverse * normed);
    store_floats(dx + k, gradients);
  });
}

// Of dy n, and of dy.
template <class Element>
struct NormTerms {
  const Element *x, *dy;
  const float *mean, *variance;  // [rows]
  float epsilon;
  int64_t columns;

  bool four_at_a_time() const { return GRAFT_TARGET::four_at_a_time({x, dy}, columns); }
  template <int width>
  GRAFT_DEVICE void operator()(int64_t row, int64_t column, Floats<width>* sums) const {
    const int64_t at = row * columns + column;
    const float center = mean[row], inverse = 1 / sqrtf(variance[row] + epsilon);
    sums[0] = load_floats<width>(x + at);
    sums[1] = load_floats<width>(dy + at);
    GRAFT_UNROLL
    for (int i = 0; i < width; ++i) sums[0].at[i] = sums[1].at[i] * ((sums[0].at[i] - center) * inverse);
  }
};

struct StoreNormGradients {
  float *dscale, *dshift;  // [columns]
  GRAFT_DEVICE void operator()(int64_t column, const double* sum) const {
    dscale[column] = static_cast<float>(sum[0]);
    dshift[column] = static_cast<float>(sum[1]);
  }
};

// The sums first: dx may take dy's place.
template <class Element>
void run(const LayerNormProblem& p, const LayerNormBackward::Args& args, const RunContext& context) {
  const Element* x = elements<const Element>(args.x);
  const Element* dy = elements<const Element>(args.dy);
  const float *mean = floats(args.mean), *variance = floats(args.variance);
  const auto epsilon = static_cast<float>(p.epsilon);
  if (p.wants_dscale)
    launch_column_sums<2>("layer_norm_gradients", NormTerms<Element>{x, dy, mean, variance, epsilon, p.c},
                          StoreNormGradients{floats(args.dscale), floats(args.dshift)}, p.rows, p.c,
                          context.scratch, context.stream);
  if (!p.wants_dx) return;
  const bool four = four_at_a_time({x, dy, args.dx.data, args.scale.data}, p.c);
  launch("layer_norm_backward_simt",
         four ? layer_norm_backward_simt_kernel<4, Element> : layer_norm_backward_simt_kernel<1, Element>,
         warp_row_grid(p.rows), {threads_per_block}, 0, context.stream, x, dy, elements<Element>(args.dx),
         floats(args.scale), mean, variance, epsilon, p.rows, p.c);
}

}  // namespace

void layer_norm_backward_simt(const LayerNormProblem& p, const LayerNormBackward::Args& args,
                              const RunContext& context) {
  with_element(p.dtype, [&](auto element) { run<decltype(element)>(p, args, context); });
}

}  // namespace graft::GRAFT_TARGET
