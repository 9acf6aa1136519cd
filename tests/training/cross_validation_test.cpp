#include "transfer/training/cross_validation.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "engine/error.h"
#include "training/logistic_rows.h"

namespace graft::test {
namespace {

TEST_CASE("cross-validation: every class is spread evenly over folds of one size, by seed") {
  std::vector<int32_t> labels;
  for (int i = 0; i < 103; ++i) labels.push_back(i % 10 == 0 ? 0 : i % 3 == 0 ? 1 : 3);  // none of class 2
  const std::vector<int> folds = stratified_folds(labels, 5, 7);
  REQUIRE(folds.size() == labels.size());
  for (int label : {0, 1, 3}) {
    std::vector<int> of_fold(5);
    for (size_t i = 0; i < labels.size(); ++i) of_fold[folds[i]] += labels[i] == label;
    const auto [least, most] = std::minmax_element(of_fold.begin(), of_fold.end());
    CHECK(*least > 0);
    CHECK(*most - *least <= 1);
  }
  for (int fold = 0; fold < 5; ++fold) {
    const auto size = std::count(folds.begin(), folds.end(), fold);
    CHECK((size == 20 || size == 21));
  }
  CHECK(folds == stratified_folds(labels, 5, 7));
  CHECK(folds != stratified_folds(labels, 5, 8));
}

TEST_CASE("cross-validation: as many folds as the smallest class allows, from two to five") {
  CHECK(fold_count({0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1}) == 5);
  CHECK(fold_count({0, 0, 0, 0, 0, 3, 3, 3}) == 3);  // classes 1 and 2 have none and do not count
  CHECK(fold_count({0, 0, 0, 1}) == 2);
}

TEST_CASE("cross-validation: of many rows, only as many folds are held out as hold a thousand") {
  CHECK(validated_folds(244, 5) == 5);
  CHECK(validated_folds(1000, 5) == 5);
  CHECK(validated_folds(1001, 5) == 5);
  CHECK(validated_folds(1700, 5) == 3);
  CHECK(validated_folds(5000, 5) == 1);
  CHECK(validated_folds(1000000, 5) == 1);
  CHECK(validated_folds(1500, 2) == 2);
}

TEST_CASE("cross-validation: decays fall from the features' squared spread, with two digits") {
  const std::vector<double> decays = decay_grid(std::sqrt(123.456));
  REQUIRE(decays.size() == 13);
  CHECK(decays.front() == 120);
  CHECK(decays[1] == 39);
  CHECK(decays.back() == 0.00012);
  CHECK(std::is_sorted(decays.rbegin(), decays.rend()));
}

TEST_CASE("cross-validation: each point is the loss of the rows that its classifiers did not see") {
  const std::unique_ptr<Device> host = open_device("cpu", {.threads = 2});
  const Clouds clouds(60, 5, 3, 0.7, 11);
  const LossSettings settings{.label_smoothing = 0.05, .class_weights = {1.0f, 2.0f, 0.5f}};
  LogisticLoss loss(*host, clouds.rows, 3, settings);
  const CrossValidation found = cross_validate(loss, 3);
  CHECK(found.folds == 5);
  REQUIRE(found.points.size() >= 4);
  const CrossValidation::Point& best = found.points[found.best];
  for (const CrossValidation::Point& point : found.points) CHECK(point.loss >= best.loss);
  CHECK(found.points[0].decay > found.points[1].decay);

  const std::vector<int> folds = stratified_folds(clouds.rows.labels, 5, 3);
  double sum = 0, total = 0;
  for (int fold = 0; fold < 5; ++fold) {
    std::vector<int64_t> learns, held_out;
    for (int64_t i = 0; i < 60; ++i) (folds[i] == fold ? held_out : learns).push_back(i);
    const LinearHead head =
        loss.head_of(fit_logistic(loss, learns, best.decay, {.gradient_norm = 1e-7}).parameters);
    double weight = 0;
    for (int64_t i : held_out) weight += settings.class_weights[clouds.rows.labels[i]];
    sum += weight * plain_loss(clouds.rows, held_out, settings, {head.weight.begin(), head.weight.end()},
                               {head.bias.begin(), head.bias.end()});
    total += weight;
  }
  CHECK(best.loss == doctest::Approx(sum / total).epsilon(1e-2));
  CHECK(best.accuracy > 0.5);
}

TEST_CASE("cross-validation: labels without a pattern ask for more decay than clouds far apart") {
  const std::unique_ptr<Device> host = open_device("cpu", {.threads = 2});
  const auto chosen = [&](double distance) {
    const Clouds clouds(90, 20, 3, distance, 12);
    LogisticLoss loss(*host, clouds.rows, 3, {});
    const CrossValidation found = cross_validate(loss, 0);
    return found.points[found.best].decay / (loss.spread() * loss.spread());
  };
  const double noise = chosen(0), apart = chosen(3);
  CHECK(noise >= 0.09);
  CHECK(apart < 0.01);
}

TEST_CASE("cross-validation: the progress sees the points so far, and what it throws ends the search") {
  const std::unique_ptr<Device> host = open_device("cpu", {.threads = 2});
  const Clouds clouds(40, 4, 2, 1, 13);
  LogisticLoss loss(*host, clouds.rows, 2, {});
  size_t calls = 0, most = 0;
  const CrossValidation found = cross_validate(loss, 0, [&](const CrossValidation& so_far) {
    ++calls;
    most = std::max(most, so_far.points.size());
  });
  CHECK(calls > found.points.size());
  CHECK(most == found.points.size() - 1);
  CHECK_THROWS_AS(cross_validate(loss, 0, [](const CrossValidation&) { throw std::runtime_error("stop"); }),
                  std::runtime_error);
}

TEST_CASE("cross-validation: one image is refused in words") {
  const std::unique_ptr<Device> host = open_device("cpu", {.threads = 2});
  const Clouds clouds(1, 4, 2, 1, 14);
  LogisticLoss loss(*host, clouds.rows, 2, {});
  CHECK_THROWS_AS(cross_validate(loss, 0), Error);
}

}  // namespace
}  // namespace graft::test
