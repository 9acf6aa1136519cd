#include "transfer/training/logistic_loss.h"

#include <omp.h>

#include <cmath>

#include "engine/check.h"
#include "kernels/host_loops.h"

namespace graft {

namespace {

// Sums over rows are formed in pieces of a few million multiply-adds, each with sums of its own, together at
// most 256 MiB. A smaller problem is one piece: waking a second thread would take longer than its share.
RowPieces pieces_of(size_t rows, int64_t macs_per_row, int64_t width) {
  constexpr int64_t macs_per_piece = int64_t{4} << 20, most_numbers = int64_t{32} << 20;
  const int64_t wanted = static_cast<int64_t>(rows) * macs_per_row / macs_per_piece;
  return RowPieces(static_cast<int64_t>(rows),
                   std::clamp<int64_t>(std::min(wanted, most_numbers / width), 1, 64));
}

}  // namespace

LogisticLoss::LogisticLoss(Device& host, const LabelledRows& rows, int64_t classes, LossSettings loss)
    : host_(host), rows_(rows), classes_(classes), loss_(std::move(loss)), mean_(rows.features) {
  GRAFT_CHECK(rows.count() > 0, call, "there is no row to learn from");
  for (int32_t label : rows.labels)
    GRAFT_CHECK(label >= 0 && label < classes, shape, "label ", label, " is not in [0, ", classes, ")");
  host_.call([&] {
    measure_features();
    blocks_.assign(omp_get_max_threads(), LogisticBlock(rows_.features, classes_));
  });
}

void LogisticLoss::measure_features() {
  const int64_t width = rows_.features, count = rows_.count();
  const RowPieces pieces = pieces_of(count, width, width);
  partial_.resize(pieces.count() * width);
  sum_over_rows(pieces, width, partial_.data(), [&](int64_t begin, int64_t end, double* sums) {
    for (int64_t i = begin; i < end; ++i) {
      const float* x = rows_.row(i);
      for (int64_t j = 0; j < width; ++j) sums[j] += static_cast<double>(x[j]);
    }
  });
  for (int64_t j = 0; j < width; ++j) mean_[j] = partial_[j] / static_cast<double>(count);
  sum_over_rows(pieces, 1, partial_.data(), [&](int64_t begin, int64_t end, double* sum) {
    for (int64_t i = begin; i < end; ++i) {
      const float* x = rows_.row(i);
      for (int64_t j = 0; j < width; ++j) *sum += std::pow(static_cast<double>(x[j]) - mean_[j], 2);
    }
  });
  spread_ = std::sqrt(partial_[0] / static_cast<double>(count));
  GRAFT_CHECK(std::isfinite(spread_), call, "the features that the head reads are not all finite");
  if (spread_ == 0) spread_ = 1;  // all rows are the same; only the biases can learn
}

LogisticLoss::Score LogisticLoss::at(std::span<const int64_t> chosen, std::span<const double> parameters,
                                     std::span<double> gradient) {
  const bool wants_gradient = !gradient.empty();
  const int64_t width = 2 + static_cast<int64_t>(gradient.size());  // loss, correct ones, gradient
  const LinearParameters linear{parameters.data(), parameters.data() + weight_count()};
  Score score;
  for (int64_t i : chosen)
    score.weight += loss_.class_weights.empty() ? 1 : loss_.class_weights[rows_.labels[i]];
  GRAFT_CHECK(score.weight > 0, call, "the class weights of the chosen rows sum to ", score.weight);
  const RowPieces pieces = pieces_of(chosen.size(), 2 * classes_ * rows_.features, width);
  partial_.resize(std::max<size_t>(partial_.size(), pieces.count() * width));
  const auto sum = [&] {
    sum_over_rows(pieces, width, partial_.data(), [&](int64_t begin, int64_t end, double* sums) {
      for (int64_t i = begin; i < end; i += LogisticBlock::most_rows)
        add_piece(chosen.subspan(i, std::min(LogisticBlock::most_rows, end - i)), linear, wants_gradient,
                  sums);
    });
  };
  pieces.count() > 1 ? host_.call(sum) : sum();
  score.loss = partial_[0] / score.weight;
  score.correct = static_cast<int64_t>(partial_[1]);
  for (size_t i = 0; i < gradient.size(); ++i) gradient[i] = partial_[2 + i] / score.weight;
  return score;
}

void LogisticLoss::add_piece(std::span<const int64_t> chosen, const LinearParameters& parameters,
                             bool wants_gradient, double* sums) {
  LogisticBlock& block = blocks_[omp_get_thread_num()];
  block.clear();
  for (int64_t i : chosen) block.add_row(rows_.row(i), mean_.data(), 1 / spread_, rows_.labels[i]);
  block.compute_logits(parameters);
  const LogisticBlock::Sums block_sums = block.apply_loss(loss_);
  sums[0] += block_sums.loss;
  sums[1] += static_cast<double>(block_sums.correct);
  if (wants_gradient) block.add_gradient(sums + 2, sums + 2 + weight_count());
}

LinearHead LogisticLoss::head_of(std::span<const double> parameters) const {
  LinearHead head;
  for (int64_t c = 0; c < classes_; ++c) {
    double bias = parameters[weight_count() + c];
    for (int64_t j = 0; j < rows_.features; ++j) {
      const double weight = parameters[c * rows_.features + j] / spread_;
      head.weight.push_back(static_cast<float>(weight));
      bias -= weight * mean_[j];
    }
    head.bias.push_back(static_cast<float>(bias));
  }
  return head;
}

}  // namespace graft
