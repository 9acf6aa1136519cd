#include "transfer/cost/accuracy_cost.h"

#include <algorithm>

#include "engine/check.h"
#include "transfer/inspection/spread.h"
#include "transfer/report/html_text.h"
#include "transfer/training/recipe.h"

namespace graft {

namespace {

constexpr double rate_factors[] = {1.0 / 3, 1, 3};
constexpr double judging_share = 0.2;  // of the training images, to choose a rate on

class AccuracyRuns {
 public:
  AccuracyRuns(const Model& model, const AccuracyOptions& options,
               const std::function<void(const std::string&)>& told)
      : model_(model), options_(options), told_(told) {}

  // At the default rate, then at the chosen one.
  std::vector<AccuracyCost> at(const std::string& point, double fraction, const ImageFolder& train,
                               const ImageFolder& held_out) {
    AccuracyCost by_default{.point = point, .fraction = fraction, .top1 = {}, .seconds = {}};
    by_default.learning_rate = default_rate(point, train);
    run_seeds(by_default, train, held_out);
    AccuracyCost chosen = by_default;
    const double rate = best_rate(by_default, share(train, fraction, 0));
    if (rate != by_default.learning_rate) {
      chosen = {.point = point, .fraction = fraction, .learning_rate = rate, .top1 = {}, .seconds = {}};
      run_seeds(chosen, train, held_out);
    }
    chosen.rate_chosen = true;
    return {by_default, chosen};
  }

 private:
  static ImageFolder share(const ImageFolder& train, double fraction, int seed) {
    return fraction == 1 ? train : train.split(fraction, static_cast<uint64_t>(seed)).second;
  }

  Model start(const std::string& point, const ImageFolder& train, int seed) const {
    Model model = model_.clone();
    model.swap_head(train.classes(), static_cast<uint64_t>(seed));
    model.freeze_all_but(point);
    return model;
  }

  double default_rate(const std::string& point, const ImageFolder& train) const {
    return main_recipe(start(point, train, 0).data(), options_.training, static_cast<int64_t>(train.size()))
        .learning_rate;
  }

  TrainResult train_once(const AccuracyCost& cost, const ImageFolder& images, const ImageFolder& held_out,
                         int seed) const {
    Model model = start(cost.point, images, seed);
    TrainOptions training = options_.training;
    training.seed = static_cast<uint64_t>(seed);
    training.learning_rate = cost.learning_rate;
    return train(model, images, held_out, training);
  }

  void run_seeds(AccuracyCost& cost, const ImageFolder& train, const ImageFolder& held_out) {
    for (int seed = 0; seed < options_.seeds; ++seed) {
      const ImageFolder images = share(train, cost.fraction, seed);
      const TrainResult result = train_once(cost, images, held_out, seed);
      cost.train_images = static_cast<int64_t>(images.size());
      cost.top1.push_back(result.last_val_top1);
      cost.seconds.push_back(result.seconds);
      cost.features_found += result.cache_found;
      told_(text(cost.point, ", ", cost.train_images, " images, seed ", seed, ", rate ",
                 short_text(cost.learning_rate), ": ", fixed_text(result.last_val_top1, 4), " in ",
                 fixed_text(result.seconds, 1), " s"));
    }
  }

  // By accuracy, then by loss, on images that are held out of the training ones.
  double best_rate(const AccuracyCost& cost, const ImageFolder& train) {
    const auto [fitting, judging] = train.split(judging_share, 0);
    GRAFT_CHECK(judging.size() > 0, call, "--fraction ", cost.fraction, " leaves ", train.size(),
                " images, too few to choose a rate on; take more");
    double best = 0;
    std::pair<double, double> best_result{-1, 0};
    for (const double factor : rate_factors) {
      AccuracyCost tried = cost;
      tried.learning_rate *= factor;
      const TrainResult result = train_once(tried, fitting, judging, 0);
      const std::pair<double, double> found{result.last_val_top1, -result.epochs.back().val_loss};
      told_(text(cost.point, ", ", train.size(), " images, choosing, rate ", short_text(tried.learning_rate),
                 ": ", fixed_text(found.first, 4)));
      if (found > best_result) best_result = found, best = tried.learning_rate;
    }
    return best;
  }

  const Model& model_;
  const AccuracyOptions& options_;
  const std::function<void(const std::string&)>& told_;
};

}  // namespace

void mark_frontier(std::vector<AccuracyCost>& costs) {
  for (AccuracyCost& cost : costs) {
    const double top1 = mean(cost.top1), seconds = mean(cost.seconds);
    cost.on_frontier = std::ranges::none_of(costs, [&](const AccuracyCost& other) {
      const double other_top1 = mean(other.top1), other_seconds = mean(other.seconds);
      return other_top1 >= top1 && other_seconds <= seconds && (other_top1 > top1 || other_seconds < seconds);
    });
  }
}

std::vector<AccuracyCost> accuracy_costs(const Model& model, const ImageFolder& train,
                                         const ImageFolder& held_out, const AccuracyOptions& options,
                                         const std::function<void(const std::string&)>& told) {
  for (const double fraction : options.fractions)
    GRAFT_CHECK(fraction > 0 && fraction <= 1, call, "--fraction ", fraction,
                ": it must be above 0, at most 1");
  std::vector<AccuracyCost> costs;
  AccuracyRuns runs(model, options, told);
  for (const double fraction : options.fractions)
    for (const std::string& point : options.points)
      for (AccuracyCost& cost : runs.at(point, fraction, train, held_out)) costs.push_back(std::move(cost));
  mark_frontier(costs);
  return costs;
}

}  // namespace graft
