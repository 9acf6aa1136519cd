#include <limits>

#include "kernels/reduce.h"
#include "kernels/softmax_cross_entropy/softmax_cross_entropy_kernels.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

template <int threads>
struct Shared {
  BlockSumShared<float, threads> floats;
  BlockSumShared<double, threads> doubles;
};

template <int threads>
GRAFT_DEVICE float block_max(Shared<threads>& shared, float value) {
  value = warp_max(value);
  block_barrier();
  if (lane_index() == 0) shared.floats.of_warp[warp_index()] = value;
  block_barrier();
  value = shared.floats.of_warp[0];
  for (int i = 1; i < threads / warp_size; ++i)
    value = shared.floats.of_warp[i] > value ? shared.floats.of_warp[i] : value;
  return value;
}

// The sum of e^(x - largest), corrected whenever a larger x comes (Milakov and Gimelshein, arXiv:1805.02867).
// In double, so that a label's share of nearly all is told from all.
struct OnlineSum {
  float largest = std::numeric_limits<float>::lowest();
  double sum = 0;
  GRAFT_DEVICE void add(float x) {
    if (x > largest) {
      sum = sum * static_cast<double>(expf(largest - x)) + 1;
      largest = x;
    } else {
      sum += static_cast<double>(expf(x - largest));
    }
  }
};

// One block a sample, its threads side by side along the classes, in one pass for the loss and one more, from
// the first-level cache, for the gradient: 8 bytes and two expf a class. A batch of 32 x 1000 is 256 KB, so
// latency counts, not bandwidth: one launch. The class weights' sums are of the label smoothing.
// A label outside the classes makes its sample's loss and gradient NaN; it is no address.
// logits, dlogits: [n, classes]; labels, losses: [n]; weights: [classes] or null
template <int threads>
GRAFT_KERNEL_BOUNDED(threads)
void softmax_cross_entropy_simt_kernel(const float* logits, const int32_t* labels, const float* weights,
                                       float* losses, float* dlogits, int64_t n, int64_t classes,
                                       double smoothing) {
  auto& shared = shared_memory<Shared<threads>>();
  const int t = thread_index().x;
  const int64_t sample = block_index().x, label = labels[sample];
  const float* row = logits + sample * classes;
  const auto is_class = [&](int64_t c) { return c >= 0 && c < classes; };
  const auto weight = [&](int64_t c) { return weights ? static_cast<double>(weights[c]) : 1.0; };

  double total = static_cast<double>(n);  // of the labels' weights
  if (weights) {
    total = 0;
    for (int64_t i = t; i < n; i += threads) total += is_class(labels[i]) ? weight(labels[i]) : 0.0;
    total = block_sum(shared.doubles, total);
  }
  OnlineSum online;
  double weight_sum = 0, weighted_logits = 0;
  for (int64_t c = t; c < classes; c += threads) {
    online.add(row[c]);
    if (smoothing > 0) {
      weight_sum += weight(c);
      weighted_logits += weight(c) * static_cast<double>(row[c]);
    }
  }
  const float largest = block_max(shared, online.largest);
  const double scale = static_cast<double>(expf(online.largest - largest));
  const double sum = block_sum(shared.doubles, online.sum * scale);
  if (smoothing > 0) {
    weight_sum = block_sum(shared.doubles, weight_sum);
    weighted_logits = block_sum(shared.doubles, weighted_logits);
  }

  // What the label's -log p counts beyond every class's.
  const double hot =
      is_class(label) ? (1 - smoothing) * weight(label) / total : std::numeric_limits<double>::quiet_NaN();
  const double every = smoothing / static_cast<double>(classes) / total;
  if (t == 0) {
    const double most = static_cast<double>(largest), log_sum = log(sum);
    const double at_label = is_class(label) ? static_cast<double>(row[label]) : 0.0;
    losses[sample] = static_cast<float>(hot * (log_sum + (most - at_label)) +
                                        every * (weight_sum * (log_sum + most) - weighted_logits));
  }
  if (!dlogits) return;
  const double share = (hot + every * weight_sum) / sum;
  for (int64_t c = t; c < classes; c += threads) {
    const double target = every * weight(c) + (c == label ? hot : 0.0);
    dlogits[sample * classes + c] =
        static_cast<float>(share * static_cast<double>(expf(row[c] - largest)) - target);
  }
}

template <int threads>
void launch_loss(const SoftmaxCrossEntropyProblem& p, const SoftmaxCrossEntropy::Args& args,
                 const RunContext& context) {
  launch("softmax_cross_entropy_simt", softmax_cross_entropy_simt_kernel<threads>, {p.n}, {threads},
         sizeof(Shared<threads>), context.stream, floats(args.logits),
         static_cast<const int32_t*>(args.labels.data), p.weighted ? floats(args.class_weights) : nullptr,
         floats(args.losses), p.wants_gradient ? floats(args.dlogits) : nullptr, p.n, p.classes, p.smoothing);
}

}  // namespace

// A warp for few classes: its sums need no shared memory to speak of.
void softmax_cross_entropy_simt(const SoftmaxCrossEntropyProblem& p, const SoftmaxCrossEntropy::Args& args,
                                const RunContext& context) {
  p.classes <= 128 ? launch_loss<warp_size>(p, args, context) : launch_loss<128>(p, args, context);
}

}  // namespace graft::GRAFT_TARGET
