#include "transfer/training/logistic_regression.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/error.h"
#include "training/logistic_rows.h"

namespace graft::test {
namespace {

constexpr LbfgsOptions exact{.gradient_norm = 1e-7};

LossSettings weighted_and_smoothed() {
  return {.label_smoothing = 0.1, .class_weights = {0.5f, 2.0f, 1.25f}};
}

std::vector<double> some_parameters(size_t count) {
  std::vector<double> parameters;
  for (size_t i = 0; i < count; ++i) parameters.push_back(std::sin(1 + 3.7 * static_cast<double>(i)));
  return parameters;
}

std::vector<double> doubles(const std::vector<float>& values) { return {values.begin(), values.end()}; }

TEST_CASE("logistic loss: the definition by plain loops, for rows in any number of blocks") {
  const std::unique_ptr<Device> host = open_device("cpu", {.threads = 2});
  for (const int64_t count : {1, 5, 64, 65, 200, 500})
    for (const bool plain : {true, false}) {
      CAPTURE(count);
      CAPTURE(plain);
      const Clouds clouds(count, 7, 3, 1, 1);
      const LossSettings settings = plain ? LossSettings{} : weighted_and_smoothed();
      LogisticLoss loss(*host, clouds.rows, 3, settings);
      const std::vector<int64_t> chosen = all_of(clouds.rows);
      const std::vector<double> parameters = some_parameters(loss.parameter_count());
      const LogisticLoss::Score score = loss.at(chosen, parameters);
      const LinearHead head = loss.head_of(parameters);  // float32, so the loss is not quite the same
      const double expected =
          plain_loss(clouds.rows, chosen, settings, doubles(head.weight), doubles(head.bias));
      CHECK(score.loss == doctest::Approx(expected).epsilon(1e-5));
      CHECK(score.correct <= count);
    }
}

TEST_CASE("logistic loss: the gradient is that of central differences") {
  const std::unique_ptr<Device> host = open_device("cpu", {.threads = 2});
  const Clouds clouds(150, 7, 3, 1, 2);
  LogisticLoss loss(*host, clouds.rows, 3, weighted_and_smoothed());
  std::vector<int64_t> chosen;  // every other row, twice the first
  for (int64_t i = 0; i < 150; i += 2) chosen.push_back(i);
  chosen.push_back(0);
  const std::vector<double> at = some_parameters(loss.parameter_count());
  std::vector<double> gradient(at.size(), std::numeric_limits<double>::infinity());
  loss.at(chosen, at, gradient);
  double largest = 0;
  for (double value : gradient) largest = std::max(largest, std::fabs(value));
  REQUIRE(largest > 0);
  for (size_t i = 0; i < at.size(); ++i) {
    std::vector<double> up = at, down = at;
    up[i] += 1e-5;
    down[i] -= 1e-5;
    const double difference = (loss.at(chosen, up).loss - loss.at(chosen, down).loss) / 2e-5;
    CHECK(std::fabs(difference - gradient[i]) <= 1e-8 * largest + 1e-9);
  }
}

TEST_CASE("logistic loss: the same bits for any number of threads") {
  const Clouds clouds(3000, 300, 9, 1, 3);
  std::vector<std::vector<double>> gradients;
  std::vector<double> values;
  for (const int threads : {1, 2, 3}) {
    const std::unique_ptr<Device> host = open_device("cpu", {.threads = threads});
    LogisticLoss loss(*host, clouds.rows, 9, {});
    std::vector<double> gradient(loss.parameter_count());
    values.push_back(loss.at(all_of(clouds.rows), some_parameters(gradient.size()), gradient).loss);
    gradients.push_back(gradient);
  }
  CHECK(values[0] == values[1]);
  CHECK(values[0] == values[2]);
  CHECK(gradients[0] == gradients[1]);
  CHECK(gradients[0] == gradients[2]);
}

// Plain gradient descent on features as they are; nothing of ours but the definition.
std::pair<std::vector<double>, std::vector<double>> descend(const Clouds& clouds,
                                                            const LossSettings& settings, double decay) {
  const size_t weights = static_cast<size_t>(clouds.classes * clouds.features);
  std::vector<double> weight(weights), bias(clouds.classes), gradient;
  const std::vector<int64_t> chosen = all_of(clouds.rows);
  double norm = 1;
  for (int step = 0; step < 200000 && norm > 1e-9; ++step) {
    plain_loss(clouds.rows, chosen, settings, weight, bias, &gradient);
    norm = 0;
    for (size_t i = 0; i < gradient.size(); ++i) {
      double& value = i < weights ? weight[i] : bias[i - weights];
      if (i < weights) gradient[i] += decay * value;
      value -= 0.04 * gradient[i];
      norm = std::max(norm, std::fabs(gradient[i]));
    }
  }
  REQUIRE(norm <= 1e-9);
  return {weight, bias};
}

TEST_CASE("logistic regression: the minimum that plain gradient descent finds") {
  const std::unique_ptr<Device> host = open_device("cpu", {.threads = 2});
  const Clouds clouds(40, 3, 3, 0.5, 4);
  for (const bool plain : {true, false})
    for (const double decay : {0.1, 1.0}) {
      CAPTURE(plain);
      CAPTURE(decay);
      const LossSettings settings = plain ? LossSettings{} : weighted_and_smoothed();
      LogisticLoss loss(*host, clouds.rows, 3, settings);
      const LogisticFit fit = fit_logistic(loss, all_of(clouds.rows), decay, exact);
      CHECK(fit.solved.end == LbfgsEnd::converged);
      const LinearHead head = loss.head_of(fit.parameters);
      const auto [weight, bias] = descend(clouds, settings, decay);
      double squares = 0;
      for (size_t i = 0; i < weight.size(); ++i) {
        CHECK(static_cast<double>(head.weight[i]) == doctest::Approx(weight[i]).epsilon(1e-5));
        squares += weight[i] * weight[i];
      }
      // All biases may move together where each row's shares sum to one; only their differences are defined.
      for (size_t c = 1; c < bias.size(); ++c)
        CHECK(static_cast<double>(head.bias[c]) - static_cast<double>(head.bias[0]) ==
              doctest::Approx(bias[c] - bias[0]).epsilon(1e-4));
      const double expected = plain_loss(clouds.rows, all_of(clouds.rows), settings, weight, bias);
      CHECK(fit.score.loss == doctest::Approx(expected).epsilon(1e-6));
      CHECK(fit.solved.value == doctest::Approx(expected + decay / 2 * squares).epsilon(1e-9));
    }
}

TEST_CASE("logistic regression: classes that a plane separates have a finite answer where there is decay") {
  const std::unique_ptr<Device> host = open_device("cpu", {.threads = 2});
  const Clouds clouds(60, 20, 3, 6, 5);
  LogisticLoss loss(*host, clouds.rows, 3, {});
  double last = std::numeric_limits<double>::infinity();
  for (const double decay : {1.0, 1e-2, 1e-4}) {
    CAPTURE(decay);
    const LogisticFit fit = fit_logistic(loss, all_of(clouds.rows), decay, {.gradient_norm = 1e-7});
    CHECK(fit.solved.end == LbfgsEnd::converged);
    CHECK(fit.score.correct == 60);
    CHECK(fit.score.loss < last);
    last = fit.score.loss;
  }
}

TEST_CASE("logistic regression: a start elsewhere ends at the same place") {
  const std::unique_ptr<Device> host = open_device("cpu", {.threads = 2});
  const Clouds clouds(80, 6, 3, 1, 6);
  LogisticLoss loss(*host, clouds.rows, 3, weighted_and_smoothed());
  const LogisticFit cold = fit_logistic(loss, all_of(clouds.rows), 0.2, exact);
  const LogisticFit warm =
      fit_logistic(loss, all_of(clouds.rows), 0.2, exact, some_parameters(loss.parameter_count()));
  REQUIRE(cold.solved.iterations > 0);
  for (size_t i = 0; i < loss.weight_count(); ++i)
    CHECK(std::fabs(cold.parameters[i] - warm.parameters[i]) <= 1e-5);
}

TEST_CASE("logistic regression: features that say nothing leave the classes' shares to the biases") {
  const std::unique_ptr<Device> host = open_device("cpu", {.threads = 2});
  const std::vector<float> same{1, -2, 5};
  LabelledRows rows{.features = 3, .row = [&](int64_t) { return same.data(); }, .labels = {0, 1, 1, 1}};
  LogisticLoss loss(*host, rows, 2, {});
  const LinearHead head = loss.head_of(fit_logistic(loss, all_of(rows), 0.1, exact).parameters);
  for (float weight : head.weight) CHECK(weight == 0);
  CHECK(static_cast<double>(head.bias[1] - head.bias[0]) == doctest::Approx(std::log(3.0)));
}

TEST_CASE("logistic loss: features that are not finite, labels outside and no rows are refused") {
  const std::unique_ptr<Device> host = open_device("cpu", {.threads = 2});
  std::vector<float> values{1, 2, 3, 4};
  LabelledRows rows{.features = 2, .row = [&](int64_t i) { return &values[i * 2]; }, .labels = {0, 1}};
  CHECK_NOTHROW(LogisticLoss(*host, rows, 2, {}));
  values[2] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_AS(LogisticLoss(*host, rows, 2, {}), Error);
  values[2] = 3;
  rows.labels[1] = 2;
  CHECK_THROWS_AS(LogisticLoss(*host, rows, 2, {}), Error);
  rows.labels.clear();
  CHECK_THROWS_AS(LogisticLoss(*host, rows, 2, {}), Error);
}

}  // namespace
}  // namespace graft::test
