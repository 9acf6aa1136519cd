#include "transfer/training/metrics.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "engine/error.h"

namespace graft {
namespace {

using doctest::Approx;

// Rows are truth: 8 2 0 | 1 3 1 | 0 0 5, and a fourth class that never occurs.
ConfusionMatrix three_of_four() {
  ConfusionMatrix confusion(4);
  confusion.add(0, 0, 8), confusion.add(0, 1, 2);
  confusion.add(1, 0, 1), confusion.add(1, 1, 3), confusion.add(1, 2, 1);
  confusion.add(2, 2, 5);
  return confusion;
}

TEST_CASE("metrics: confusion matrix by hand") {
  const ConfusionMatrix confusion = three_of_four();
  CHECK(confusion.images() == 20);
  CHECK(confusion.correct() == 16);
  CHECK(confusion.count(1, 2) == 1);
  CHECK(confusion.count(2, 1) == 0);
  CHECK(confusion.images_of(1) == 5);
  CHECK(confusion.predictions_of(2) == 6);
  CHECK(confusion.cells().size() == 6);

  CHECK(top1_accuracy(confusion) == Approx(0.8));
  CHECK(balanced_accuracy(confusion) == Approx((0.8 + 0.6 + 1.0) / 3));
  CHECK(macro_f1(confusion) == Approx((16.0 / 19 + 6.0 / 10 + 10.0 / 11) / 3));
  CHECK(majority_baseline(confusion) == Approx(0.5));

  const auto results = per_class_results(confusion);
  REQUIRE(results.size() == 4);
  CHECK(results[0].accuracy.value() == Approx(0.8));
  CHECK(results[1].images == 5);
  CHECK(results[1].correct == 3);
  CHECK(results[3].images == 0);
  CHECK_FALSE(results[3].accuracy.has_value());
}

TEST_CASE("metrics: a class that is only predicted has F1 0 and counts, one that never occurs does not") {
  ConfusionMatrix confusion(3);
  confusion.add(0, 0, 3), confusion.add(0, 1, 1);
  CHECK(macro_f1(confusion) == Approx((6.0 / 7 + 0) / 2));
  CHECK(balanced_accuracy(confusion) == Approx(0.75));
}

TEST_CASE("metrics: one class, no images, bad indices") {
  ConfusionMatrix one(1);
  one.add(0, 0);
  CHECK(top1_accuracy(one) == 1);
  CHECK(majority_baseline(one) == 1);
  CHECK(macro_f1(one) == 1);

  const ConfusionMatrix none(2);
  CHECK_THROWS_AS(top1_accuracy(none), Error);
  CHECK_THROWS_AS(balanced_accuracy(none), Error);
  CHECK_THROWS_AS(macro_f1(none), Error);
  CHECK_THROWS_AS(majority_baseline(none), Error);
  CHECK_THROWS_AS(Evaluation(2).loss(), Error);
  CHECK_THROWS_AS(Evaluation(2).top5(), Error);
  CHECK_THROWS_AS(Evaluation(2).top1_interval(), Error);
  CHECK_FALSE(per_class_results(none)[0].accuracy.has_value());

  CHECK_THROWS_AS(one.add(0, 1), Error);
  CHECK_THROWS_AS(one.add(-1, 0), Error);
  CHECK_THROWS_AS(one.add(0, 0, -1), Error);
  CHECK_THROWS_AS(ConfusionMatrix(-1), Error);
  CHECK(one.images() == 1);
}

TEST_CASE("metrics: Wilson interval against published and closed-form values") {
  // Newcombe, Statistics in Medicine 17 (1998), table I, method 3: 81/263, 15/148, 0/20, 1/29.
  CHECK(wilson_interval(81, 263).low == Approx(0.2553).epsilon(1e-4 / 0.2553));
  CHECK(wilson_interval(81, 263).high == Approx(0.3662).epsilon(1e-4 / 0.3662));
  CHECK(std::abs(wilson_interval(15, 148).low - 0.0624) < 5e-5);
  CHECK(std::abs(wilson_interval(15, 148).high - 0.1605) < 5e-5);
  CHECK(std::abs(wilson_interval(0, 20).high - 0.1611) < 5e-5);
  CHECK(std::abs(wilson_interval(1, 29).low - 0.0061) < 5e-5);
  CHECK(std::abs(wilson_interval(1, 29).high - 0.1718) < 5e-5);
  CHECK(wilson_interval(0, 20).low == 0);
  CHECK(wilson_interval(20, 20).high == 1);
  CHECK(wilson_interval(20, 20).low == Approx(1 - wilson_interval(0, 20).high));
  CHECK_THROWS_AS(wilson_interval(0, 0), Error);
  CHECK_THROWS_AS(wilson_interval(3, 2), Error);
  CHECK_THROWS_AS(wilson_interval(-1, 2), Error);
}

TEST_CASE("metrics: ranking, ties and NaN") {
  const float scores[] = {1, 3, 3, 2};
  CHECK(predicted_class(scores) == 1);
  CHECK(in_top_k(scores, 1, 1));
  CHECK_FALSE(in_top_k(scores, 2, 1));
  CHECK(in_top_k(scores, 2, 2));
  CHECK_FALSE(in_top_k(scores, 0, 3));
  CHECK(in_top_k(scores, 0, 4));
  CHECK(in_top_k(scores, 0, 100));
  CHECK_THROWS_AS(in_top_k(scores, 4, 1), Error);
  CHECK_THROWS_AS(in_top_k(scores, 0, 0), Error);

  const float infinity = std::numeric_limits<float>::infinity();
  const float unbounded[] = {-infinity, infinity, 0};
  CHECK(predicted_class(unbounded) == 1);
  const float broken[] = {0, std::nanf(""), 1};
  CHECK_THROWS_AS(predicted_class(broken), Error);
  CHECK_THROWS_AS(predicted_class({}), Error);
}

TEST_CASE("metrics: cross-entropy in closed form and without overflow") {
  const float equal[] = {7, 7, 7, 7};
  CHECK(cross_entropy(equal, 2) == Approx(std::log(4.0)));
  const float two[] = {0, std::log(3.0f)};
  CHECK(cross_entropy(two, 0) == Approx(std::log(4.0)));
  CHECK(cross_entropy(two, 1) == Approx(std::log(4.0 / 3)));
  const float large[] = {10000, 0};
  CHECK(cross_entropy(large, 0) == 0);
  CHECK(cross_entropy(large, 1) == 10000);
  CHECK_THROWS_AS(cross_entropy(large, 2), Error);
}

TEST_CASE("metrics: an evaluation adds up over batches, a refused batch leaves it alone") {
  Evaluation evaluation(2);
  const int64_t first[] = {0, 1};
  const float first_logits[] = {1, 0, 1, 0};
  const int64_t second[] = {1};
  const float second_logits[] = {0, 0};
  evaluation.add(first, first_logits);
  evaluation.add(second, second_logits);
  evaluation.add({}, {});
  CHECK(evaluation.confusion.images() == 3);
  CHECK(evaluation.top1() == Approx(1.0 / 3));
  CHECK(evaluation.top5() == 1);
  const double right = std::log(1 + std::exp(-1.0));
  CHECK(evaluation.loss() == Approx((right + (right + 1) + std::log(2.0)) / 3));

  const int64_t bad_label[] = {0, 2};
  CHECK_THROWS_AS(evaluation.add(bad_label, first_logits), Error);
  CHECK_THROWS_AS(evaluation.add(second, first_logits), Error);
  CHECK_THROWS_AS(Evaluation(0).add({}, {}), Error);
  CHECK(evaluation.confusion.images() == 3);
}

}  // namespace
}  // namespace graft
