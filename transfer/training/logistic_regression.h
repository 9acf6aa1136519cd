#pragma once

#include "transfer/training/lbfgs.h"
#include "transfer/training/logistic_loss.h"

namespace graft {

struct LogisticFit {
  std::vector<double> parameters;  // as LogisticLoss takes them
  LbfgsResult solved;  // its value: the mean loss and the penalty; its gradient: of features with spread 1
  LogisticLoss::Score score;  // of the rows that it learned from, without the penalty
};

// The minimum of the mean loss over the chosen rows + decay / 2 |W|^2, where W are the weights on the
// features as they are: the decay is that of plain SGD. Biases have no penalty. Begins at `start`, or at zero
// where that is empty. Strictly convex in W for decay > 0: where it begins makes no difference to where it
// ends but for `gradient_norm`.
LogisticFit fit_logistic(LogisticLoss& loss, std::span<const int64_t> chosen, double decay,
                         const LbfgsOptions& options, std::vector<double> start = {},
                         const std::function<void(const LbfgsResult&)>& iterated = nullptr);

}  // namespace graft
