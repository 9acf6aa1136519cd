#include <doctest/doctest.h>

#include "end_to_end/program.h"

namespace graft::test {
namespace {

TEST_CASE("program: train, evaluate, predict and inspect agree") {
  const SampleProject& p = sample_project();
  const std::string model = p.path("head.graft"), report = p.path("report");
  const ProgramResult trained =
      run_program(p.train({"--weights", p.weights(), "--epochs", "6", "--out", model, "--report", report}));
  CAPTURE(trained.out);
  CAPTURE(trained.error);
  REQUIRE(trained.status == 0);
  CHECK(trained.error.empty());
  for (const char* part :
       {"bright: 9 + 5", "dark: 9 + 5", "(assumed)", "unchanged", "majority class 0.5", "epochs=6"})
    CHECK_MESSAGE(trained.out.find(part) != std::string::npos, part);

  const std::string json = read_text(report + "/report.json");
  for (const char* key : {"device",
                          "threads",
                          "arch",
                          "classes",
                          "options",
                          "train_images",
                          "val_images",
                          "trainable_parameters",
                          "frozen_parameters",
                          "frozen_state_unchanged",
                          "peak_memory_bytes",
                          "seconds",
                          "val_top1",
                          "last_val_top1",
                          "balanced_accuracy",
                          "macro_f1",
                          "majority_baseline",
                          "val_top1_interval",
                          "epochs",
                          "train_loss",
                          "val_loss",
                          "images_per_second"})
    CHECK_MESSAGE(has_key(json, key), key);
  CHECK(json.find("\"frozen_state_unchanged\": true") != std::string::npos);
  CHECK(json_number(json, "train_images") == 18);
  CHECK(json_number(json, "trainable_parameters") == 2 * 513);
  CHECK(json_number(json, "peak_memory_bytes") > 1 << 20);
  CHECK(read_text(report + "/report.html").starts_with("<!"));

  const ProgramResult evaluated =
      run_program({"evaluate", "--model", model, "--data", p.path("data"), "--json"});
  REQUIRE(evaluated.status == 0);
  CHECK(evaluated.out.starts_with("{"));
  CHECK(json_number(evaluated.out, "images") == 10);
  // "epochs" has a val_top1 of its own: that of the run comes first.
  CHECK(json_number(evaluated.out, "top1") == json_number(json, "val_top1"));
  CHECK(json_number(evaluated.out, "top5") == 1);
  CHECK(has_key(evaluated.out, "loss"));

  const ProgramResult predicted = run_program(
      {"predict", "--model", model, "--json", p.path("data/val/dark/0.png"), p.path("data/val/bright")});
  CAPTURE(predicted.error);
  REQUIRE(predicted.status == 0);
  CHECK(predicted.out.starts_with("["));
  CHECK(predicted.out.find("\"class\": \"dark\"") != std::string::npos);
  CHECK(predicted.out.find("bright/4.png") != std::string::npos);
  CHECK(json_number(predicted.out, "probability") >= 0.5);

  const ProgramResult inspected = run_program({"inspect", "--model", model, "--train", "last:1", "--json"});
  REQUIRE(inspected.status == 0);
  for (const char* key : {"arch", "parameters", "trainable_parameters", "macs", "freeze_points",
                          "preprocessing", "layers", "name", "type", "output_shape", "trainable"})
    CHECK_MESSAGE(has_key(inspected.out, key), key);
  CHECK(json_number(inspected.out, "trainable_parameters") > 2 * 513);
}

TEST_CASE("program: a broken picture is named, the others are done, status 1") {
  const SampleProject& p = sample_project();
  p.folder().write("mixed/text.jpg", "this is no photograph");
  p.folder().write("mixed/good.png", png_file(pattern(50, 40)));
  const std::string cut = read_text(p.path("mixed/good.png")).substr(0, 200);
  p.folder().write("mixed/cut.png", cut);
  const ProgramResult result =
      run_program({"predict", "--weights", p.weights(), "--top", "1", "--json", p.path("mixed/text.jpg"),
                   p.path("mixed/cut.png"), p.path("mixed/good.png")});
  CHECK(result.status == 1);
  CHECK(result.error.find("text.jpg") != std::string::npos);
  CHECK(result.error.find("cut.png") != std::string::npos);
  CHECK(result.out.find("good.png") != std::string::npos);
  CHECK(result.out.find("cut.png") == std::string::npos);
}

TEST_CASE("program: weights with a thousand outputs have the names of ImageNet, or those of --labels") {
  const SampleProject& p = sample_project();
  std::string names;
  for (int i = 0; i < 1000; ++i) names += "label " + std::to_string(i) + "\n";
  p.folder().write("labels.txt", names);
  p.folder().write("few.txt", "one\ntwo\n");
  const std::string image = p.path("all/dark/0.png");
  const ProgramResult all = run_program({"predict", "--weights", p.weights(), "--top", "1000", image});
  CHECK(all.status == 0);
  CHECK(all.out.find("goldfish, Carassius auratus") != std::string::npos);
  const ProgramResult own =
      run_program({"predict", "--weights", p.weights(), "--labels", p.path("labels.txt"), image});
  CHECK(own.status == 0);
  CHECK(own.out.find("  label ") != std::string::npos);
  const ProgramResult few =
      run_program({"predict", "--weights", p.weights(), "--labels", p.path("few.txt"), image});
  CHECK(few.status == 1);
  CHECK(few.error.find("few.txt") != std::string::npos);
}

TEST_CASE("program: folders named by index or WordNet id are ImageNet's classes") {
  const SampleProject& p = sample_project();
  p.folder().write("imagenet/001/a.png", png_file(pattern(64, 64)));
  p.folder().write("imagenet/n01440764/b.png", png_file(pattern(65, 64)));
  const ProgramResult result =
      run_program({"evaluate", "--weights", p.weights(), "--data", p.path("imagenet"), "--json"});
  CAPTURE(result.error);
  REQUIRE(result.status == 0);
  CHECK(json_number(result.out, "images") == 2);
}

TEST_CASE("program: import tells what became of the tensors, and the model is the same network") {
  const SampleProject& p = sample_project();
  const std::string model = p.path("imported.graft"), image = p.path("all/dark/0.png");
  const ProgramResult imported = run_program({"import", "--weights", p.weights(), "--out", model});
  REQUIRE(imported.status == 0);
  CHECK(imported.out.find("52 matched, 0 transposed, 0 missing, 0 unexpected") != std::string::npos);
  const ProgramResult before = run_program({"predict", "--weights", p.weights(), "--json", image});
  const ProgramResult after = run_program({"predict", "--model", model, "--json", image});
  CHECK(before.status == 0);
  CHECK(before.out == after.out);
}

TEST_CASE("program: inspect --plan lists the steps with their methods and memory") {
  const SampleProject& p = sample_project();
  const ProgramResult infer = run_program({"inspect", "--weights", p.weights(), "--plan", "--device", "cpu"});
  REQUIRE(infer.status == 0);
  CHECK(infer.out.find("arena ") != std::string::npos);
  CHECK(infer.out.find("backward") == infer.out.rfind("backward"));  // in the sum only
  const ProgramResult training = run_program({"inspect", "--weights", p.weights(), "--plan", "--batch", "2",
                                              "--train", "last:1", "--device", "cpu", "--json"});
  CAPTURE(training.error);
  REQUIRE(training.status == 0);
  CHECK(training.out.find("\"phase\": \"update\"") != std::string::npos);
  CHECK(json_number(training.out, "saved_bytes") > 0);
  CHECK(json_number(training.out, "arena_bytes") >= json_number(training.out, "saved_bytes"));
  CHECK(json_number(training.out, "batch") == 2);
}

}  // namespace
}  // namespace graft::test
