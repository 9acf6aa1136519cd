#include "kernels/reduce.h"
#include "kernels/softmax_cross_entropy/softmax_cross_entropy_kernels.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

constexpr int threads = 128;

struct Shared {
  BlockSumShared<float, threads> floats;
  BlockSumShared<double, threads> doubles;
};

GRAFT_DEVICE float block_max(Shared& shared, float value) {
  value = warp_max(value);
  block_barrier();
  if (lane_index() == 0) shared.floats.of_warp[warp_index()] = value;
  block_barrier();
  value = shared.floats.of_warp[0];
  for (int i = 1; i < threads / warp_size; ++i)
    value = shared.floats.of_warp[i] > value ? shared.floats.of_warp[i] : value;
  return value;
}

// What the loss of class c counts: its target times its weight, over the sum of the labels' weights.
struct Share {
  const float* weights;  // may be null
  double smoothing, inverse_total;
  int64_t classes, label;
  GRAFT_DEVICE double operator()(int64_t c) const {
    const double target = (c == label ? 1 - smoothing : 0.0) + smoothing / static_cast<double>(classes);
    return target * (weights ? static_cast<double>(weights[c]) : 1.0) * inverse_total;
  }
};

// One block a sample, its threads side by side along the classes; sums in double, which a row of logits can
// afford. logits, dlogits: [n, classes]; labels, losses: [n]; weights: [classes] or null
GRAFT_KERNEL_BOUNDED(threads)
void softmax_cross_entropy_simt_kernel(const float* logits, const int32_t* labels, const float* weights,
                                       float* losses, float* dlogits, int64_t n, int64_t classes,
                                       double smoothing) {
  auto& shared = shared_memory<Shared>();
  const int t = thread_index().x;
  const int64_t sample = block_index().x;
  const float* row = logits + sample * classes;

  double total = 0;
  if (weights)
    for (int64_t i = t; i < n; i += threads) total += static_cast<double>(weights[labels[i]]);
  total = weights ? block_sum(shared.doubles, total) : static_cast<double>(n);
  const Share share{weights, smoothing, 1 / total, classes, labels[sample]};

  float largest = row[0];
  for (int64_t c = t; c < classes; c += threads) largest = row[c] > largest ? row[c] : largest;
  const double most = static_cast<double>(block_max(shared, largest));
  double sum = 0;
  for (int64_t c = t; c < classes; c += threads) sum += exp(static_cast<double>(row[c]) - most);
  const double log_sum = most + log(block_sum(shared.doubles, sum));

  double loss = 0, shares = 0;
  for (int64_t c = t; c < classes; c += threads) {
    loss += share(c) * (log_sum - static_cast<double>(row[c]));
    shares += share(c);
  }
  loss = block_sum(shared.doubles, loss);
  shares = block_sum(shared.doubles, shares);
  if (t == 0) losses[sample] = static_cast<float>(loss);
  if (!dlogits) return;
  for (int64_t c = t; c < classes; c += threads)
    dlogits[sample * classes + c] =
        static_cast<float>(shares * exp(static_cast<double>(row[c]) - log_sum) - share(c));
}

}  // namespace

void softmax_cross_entropy_simt(const SoftmaxCrossEntropyProblem& p, const SoftmaxCrossEntropy::Args& args,
                                const RunContext& context) {
  launch("softmax_cross_entropy_simt", softmax_cross_entropy_simt_kernel, {p.n}, {threads}, sizeof(Shared),
         context.stream, floats(args.logits), static_cast<const int32_t*>(args.labels.data),
         p.weighted ? floats(args.class_weights) : nullptr, floats(args.losses),
         p.wants_gradient ? floats(args.dlogits) : nullptr, p.n, p.classes, p.smoothing);
}

}  // namespace graft::GRAFT_TARGET
