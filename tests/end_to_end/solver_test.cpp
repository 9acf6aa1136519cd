#include <doctest/doctest.h>

#include "end_to_end/program.h"
#include "transfer/graft.h"

namespace graft::test {
namespace {

// MobileNetV2, which ends in dropout and a dense layer; nobody trained it.
const std::string& mobilenet() {
  static const std::string file = [] {
    const std::string path = sample_project().path("mobilenet.safetensors");
    write_untrained(path, "mobilenet_v2");
    return path;
  }();
  return file;
}

Words solve(const Words& more) {
  return with(sample_project().train({"--weights", mobilenet(), "--solver", "lbfgs"}), more);
}

// The text between `before` and the next space.
std::string word_after(const std::string& text, const std::string& before) {
  const size_t at = text.find(before);
  REQUIRE_MESSAGE(at != std::string::npos, before, " is not in ", text);
  const size_t from = at + before.size();
  return text.substr(from, text.find_first_of(" ,\n", from) - from);
}

TEST_CASE("program: --solver lbfgs trains a head that evaluate and predict find as it was reported") {
  const SampleProject& p = sample_project();
  const std::string model = p.path("solved.graft"), report = p.path("solved-report");
  const ProgramResult solved = run_program(solve({"--head", "linear", "--out", model, "--report", report}));
  CAPTURE(solved.out);
  CAPTURE(solved.error);
  REQUIRE(solved.status == 0);
  CHECK(solved.error.empty());
  for (const char* part :
       {"solver=lbfgs", "weight-decay=cross-validated", "head solved by lbfgs: weight decay ",
        "(5 folds: loss ", " iterations, gradient norm ", "unchanged", "best epoch 1"})
    CHECK_MESSAGE(solved.out.find(part) != std::string::npos, part);
  CHECK(solved.out.find("warning") == std::string::npos);
  CHECK(std::stod(word_after(solved.out, "gradient norm ")) <= 1e-6);

  const std::string json = read_text(report + "/report.json");
  CHECK(json.find("\"frozen_state_unchanged\": true") != std::string::npos);
  CHECK(json_number(json, "val_top1") >= 0.9);  // dark against bright
  CHECK(json_number(json, "weight-decay") == std::stod(word_after(solved.out, "weight decay ")));
  const ProgramResult evaluated =
      run_program({"evaluate", "--model", model, "--data", p.path("data"), "--json"});
  REQUIRE(evaluated.status == 0);
  CHECK(json_number(evaluated.out, "top1") == json_number(json, "val_top1"));
  const ProgramResult predicted =
      run_program({"predict", "--model", model, "--json", p.path("data/val/dark/0.png")});
  REQUIRE(predicted.status == 0);
  CHECK(predicted.out.find("\"class\": \"dark\"") < predicted.out.find("\"class\": \"bright\""));
}

TEST_CASE("program: --solver lbfgs gives the same file again, and with the decay it chose given") {
  const SampleProject& p = sample_project();
  const std::string first = p.path("chosen.graft"), second = p.path("given.graft");
  const ProgramResult chosen = run_program(solve({"--out", first}));
  REQUIRE(chosen.status == 0);
  const std::string decay = word_after(chosen.out, "weight decay ");
  const ProgramResult given = run_program(solve({"--weight-decay", decay, "--out", second}));
  CAPTURE(given.error);
  REQUIRE(given.status == 0);
  CHECK(given.out.find(" folds") == std::string::npos);
  CHECK(read_text(first) == read_text(second));

  const ProgramResult other = run_program(solve({"--weight-decay", "7", "--out", p.path("other.graft")}));
  REQUIRE(other.status == 0);
  CHECK(read_text(first) != read_text(p.path("other.graft")));
  const ProgramResult balanced = run_program(
      solve({"--label-smoothing", "0.2", "--class-weights", "balanced", "--out", p.path("balanced.graft")}));
  REQUIRE(balanced.status == 0);
  CHECK(read_text(first) != read_text(p.path("balanced.graft")));
}

TEST_CASE("program: an interrupted --solver lbfgs goes on to the same file, and a finished one stays") {
  const SampleProject& p = sample_project();
  const std::string whole = p.path("solver-whole.graft"), broken = p.path("solver-broken.graft");
  REQUIRE(run_program(solve({"--out", whole})).status == 0);
  {
    Program program(solve({"--out", broken}));
    REQUIRE(program.wait_for_output("options:"));
    program.interrupt();
    const ProgramResult result = program.wait();
    CAPTURE(result.out);
    REQUIRE(result.status == 130);
    CHECK(is_one_line_error(result.error));
  }
  const ProgramResult resumed = run_program(solve({"--resume", broken}));
  CAPTURE(resumed.error);
  REQUIRE(resumed.status == 0);
  CHECK(read_text(whole) == read_text(broken));
  const ProgramResult again = run_program(solve({"--resume", broken}));
  REQUIRE(again.status == 0);
  CHECK(again.out.find("best epoch 1") != std::string::npos);
  CHECK(read_text(whole) == read_text(broken));
  const ProgramResult changed =
      run_program(p.train({"--weights", mobilenet(), "--epochs", "2", "--resume", broken}));
  CHECK(changed.status == 2);
  CHECK(is_one_line_error(changed.error));
  CHECK(changed.error.find("solver is epochs, but the run in ") != std::string::npos);
  CHECK(changed.error.find("used lbfgs") != std::string::npos);
}

TEST_CASE("train: stopped while the head is solved, a run goes on to the same weights") {
  const SampleProject& p = sample_project();
  const ImageFolder data(p.path("data")), held_out(p.path("data"), data.classes());
  const auto fresh = [&] {
    Model model = load(mobilenet());
    model.swap_head(data.classes());
    model.freeze_all_but("head");
    return model;
  };
  TrainOptions options;
  options.batch = 8;
  options.image_size = 64;
  options.solver = "lbfgs";
  options.device.device = "cpu";
  options.device.threads = 2;
  Model whole = fresh();
  const TrainResult undisturbed = train(whole, data, held_out, options);
  REQUIRE(undisturbed.head_fit);
  CHECK(undisturbed.head_fit->converged);
  CHECK(undisturbed.head_fit->folds == 5);

  options.out = p.path("stopped.graft");
  int calls = 0;
  options.on_progress = [&](const Progress& progress) {
    return progress.stage != Progress::Stage::train || progress.step < 2 || ++calls < 3;
  };
  Model stopped = fresh();
  const TrainResult interrupted = train(stopped, data, held_out, options);
  CHECK(interrupted.interrupted);
  CHECK(interrupted.epochs.empty());
  CHECK(calls == 3);

  options.on_progress = nullptr;
  options.resume = true;
  Model resumed = fresh();
  const TrainResult done = train(resumed, data, held_out, options);
  CHECK_FALSE(done.interrupted);
  CHECK(done.val_loss == undisturbed.val_loss);
  CHECK(resumed.to_bytes() == whole.to_bytes());
}

TEST_CASE("program: --solver lbfgs solves the head before the rest trains") {
  const SampleProject& p = sample_project();
  const ProgramResult result =
      run_program(solve({"--train", "last:1", "--epochs", "1", "--out", p.path("head-first-solved.graft")}));
  CAPTURE(result.out);
  CAPTURE(result.error);
  REQUIRE(result.status == 0);
  for (const char* part :
       {"head-first=lbfgs", "epochs=1", "head solved by lbfgs: weight decay ", "head alone: val"})
    CHECK_MESSAGE(result.out.find(part) != std::string::npos, part);
}

TEST_CASE("program: what --solver lbfgs cannot do is refused in one line") {
  const SampleProject& p = sample_project();
  const std::pair<Words, const char*> refused[] = {
      {{"--epochs", "3"}, "--epochs is for training in epochs"},
      {{"--lr", "0.1"}, "--lr is"},
      {{"--schedule", "step"}, "--schedule is"},
      {{"--patience", "2"}, "--patience is"},
      {{"--optimizer", "adamw"}, "--optimizer is"},
      {{"--head-first", "on"}, "--head-first is"},
      {{"--augment", "standard"}, "use --augment none"},
      {{"--cache", "off"}, "use --cache auto"},
      {{"--train", "last:1", "--head-first", "off"}, "is for a head alone"},
      {{"--train", "features.18,!classifier.1"}, "is for a head alone"}};
  for (const auto& [words, part] : refused) {
    CAPTURE(part);
    const ProgramResult result = run_program(solve(words));
    CAPTURE(result.error);
    CHECK(result.status == 2);
    CHECK(is_one_line_error(result.error));
    CHECK(result.error.find(part) != std::string::npos);
  }
  for (const Words& words : {Words{"--solver", "lbfgs"}, Words{"--head", "linear"}}) {
    const ProgramResult result = run_program(p.train(with({"--weights", p.weights()}, words)));
    CAPTURE(result.error);
    CHECK(result.status == 2);
    CHECK(is_one_line_error(result.error));
    CHECK(result.error.find(
              "needs a network that ends in a dense layer; classifier.1 of squeezenet1_1 is a conv "
              "with relu, ") != std::string::npos);
  }
}

}  // namespace
}  // namespace graft::test
