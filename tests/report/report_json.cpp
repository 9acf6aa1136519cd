#include <doctest/doctest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "engine/error.h"
#include "report/sample_report.h"

namespace graft {
namespace {

using Json = nlohmann::json;

TEST_CASE("report.json: every key of the contract, with its type and value") {
  const TrainingReport report = test::sample_report(3);
  const Json json = Json::parse(report_json(report));
  CHECK(json.at("device") == "cpu");
  CHECK(json.at("threads") == 2);
  CHECK(json.at("arch") == "efficientnet_lite0");
  CHECK(json.at("classes") == Json({"class 0", "class 1", "class 2"}));
  CHECK(json.at("options") == Json({{"train", "head"}, {"epochs", 2}, {"lr", 0.01}, {"head-first", false}}));
  CHECK(json.at("options").at("head-first").is_boolean());
  CHECK(json.at("train_images") == 40);
  CHECK(json.at("val_images") == 13);
  CHECK(json.at("trainable_parameters") == 2562);
  CHECK(json.at("frozen_parameters") == 3371002);
  CHECK(json.at("frozen_state_unchanged") == true);
  CHECK(json.at("frozen_hash_before") == "0123abcd");
  CHECK(json.at("peak_memory_bytes") == 123456789);
  CHECK(json.at("seconds") == 12.5);
  CHECK(json.at("val_top1") == report.val_top1);
  CHECK(report.val_top1 == doctest::Approx(9.0 / 13));
  CHECK(json.at("last_val_top1") == report.last_val_top1);
  CHECK(json.at("balanced_accuracy") == report.balanced_accuracy);
  CHECK(json.at("macro_f1") == report.macro_f1);
  CHECK(json.at("majority_baseline") == doctest::Approx(5.0 / 13));
  REQUIRE(json.at("val_top1_interval").size() == 2);
  CHECK(json.at("val_top1_interval")[0] < report.val_top1);
  CHECK(json.at("val_top1_interval")[1] > report.val_top1);

  REQUIRE(json.at("epochs").size() == 2);
  CHECK(json.at("epochs")[0] == Json({{"epoch", 1},
                                      {"train_loss", 0.7},
                                      {"val_loss", 0.6},
                                      {"val_top1", 0.5},
                                      {"seconds", 6.25},
                                      {"images_per_second", 6.4}}));
  CHECK(json.at("head_first").is_null());
  CHECK(json.at("per_class")[0] ==
        Json({{"class", "class 0"}, {"images", 5}, {"correct", 3}, {"accuracy", 0.6}}));
  CHECK(json.at("confusion")[1] == Json({{"truth", 0}, {"predicted", 1}, {"images", 2}}));
  CHECK(json.at("mistakes")[0].at("image") == "val/a.jpg");
  CHECK(json.at("warnings") == Json({"one warning"}));
}

TEST_CASE("report.json: what is unknown is null") {
  TrainingReport report = test::sample_report(2);
  report.frozen_state_unchanged.reset();
  report.frozen_hash_before.clear();
  report.epochs[0].val_loss = std::numeric_limits<double>::quiet_NaN();
  report.head_first = HeadFirstRow{3, 0.5, 0.4, 0.8, 2, 60};
  report.confusion = ConfusionMatrix(2);
  const Json json = Json::parse(report_json(report));
  CHECK(json.at("frozen_state_unchanged").is_null());
  CHECK(json.at("frozen_hash_before").is_null());
  CHECK(json.at("epochs")[0].at("val_loss").is_null());
  CHECK(json.at("head_first").at("epochs") == 3);
  CHECK(json.at("head_first").at("val_top1") == 0.8);
  CHECK(json.at("per_class")[0].at("accuracy").is_null());
}

TEST_CASE("report.json: any bytes in names still give valid JSON in UTF-8") {
  TrainingReport report = test::sample_report(2);
  report.classes[0] = "caf\xC3\xA9 \"quoted\"\n\\";
  report.classes[1] = "broken \xFF\xC3 end";
  report.mistakes[0].path = "\xED\xA0\x80.jpg";
  report.options.push_back({"weights", std::string("\x80.pth")});
  const Json json = Json::parse(report_json(report));
  CHECK(json.at("classes")[0] == report.classes[0]);
  CHECK(json.at("classes")[1] == "broken \xEF\xBF\xBD\xEF\xBF\xBD end");
  CHECK(json.at("options").at("weights") == "\xEF\xBF\xBD.pth");
}

TEST_CASE("report: indices that do not fit the classes are refused by both writers") {
  TrainingReport wrong_matrix = test::sample_report(2);
  wrong_matrix.classes.push_back("third");
  CHECK_THROWS_AS(report_json(wrong_matrix), Error);
  CHECK_THROWS_AS(report_html(wrong_matrix), Error);
  TrainingReport wrong_mistake = test::sample_report(2);
  wrong_mistake.mistakes[0].predicted = 2;
  CHECK_THROWS_AS(report_json(wrong_mistake), Error);
  CHECK_THROWS_AS(report_html(wrong_mistake), Error);
}

}  // namespace
}  // namespace graft
