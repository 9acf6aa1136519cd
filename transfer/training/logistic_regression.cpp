#include "transfer/training/logistic_regression.h"

#include <utility>

namespace graft {

LogisticFit fit_logistic(LogisticLoss& loss, std::span<const int64_t> chosen, double decay,
                         const LbfgsOptions& options, std::vector<double> start,
                         const std::function<void(const LbfgsResult&)>& iterated) {
  start.resize(loss.parameter_count());
  LogisticFit fit{.parameters = std::move(start), .solved = {}, .score = {}};
  // Of features divided by their spread, the weights are that much larger.
  const double penalty = decay / (loss.spread() * loss.spread());
  const auto penalised = [&](std::span<const double> parameters, std::span<double> gradient) {
    double squares = 0;
    const double mean_loss = loss.at(chosen, parameters, gradient).loss;
    for (size_t i = 0; i < loss.weight_count(); ++i) {
      squares += parameters[i] * parameters[i];
      gradient[i] += penalty * parameters[i];
    }
    return mean_loss + penalty / 2 * squares;
  };
  fit.solved = minimise(penalised, fit.parameters, options, iterated);
  fit.score = loss.at(chosen, fit.parameters);
  return fit;
}

}  // namespace graft
