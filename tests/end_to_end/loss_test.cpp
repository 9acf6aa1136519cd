#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "end_to_end/program.h"

// Nothing is lost: a full disk and a killed program leave the last good model and its state.
namespace graft::test {
namespace {

namespace fs = std::filesystem;

int files_like(const std::string& model) {
  const fs::path path(model);
  int count = 0;
  for (const auto& entry : fs::directory_iterator(path.parent_path()))
    count += entry.path().filename().string().starts_with(path.filename().string());
  return count;
}

TEST_CASE("program: where the disk is full while a model is written, the old one and its state survive") {
  const SampleProject& p = sample_project();
  const std::string model = p.path("full.graft");
  const auto train = [&](const char* seed, ProgramLimits limits) {
    return run_program(p.train({"--weights", p.weights(), "--epochs", "2", "--seed", seed, "--out", model}),
                       limits);
  };
  REQUIRE(train("1", {}).status == 0);
  const std::string before = read_text(model), state = read_text(model + ".state");
  REQUIRE(before.size() > 1'000'000);
  const ProgramResult full = train("2", {.file_bytes = 1'000'000});
  CAPTURE(full.error);
  CHECK(full.status == 1);
  CHECK(is_one_line_error(full.error));
  CHECK(full.error.find(model + ": cannot be written: ") != std::string::npos);
  CHECK(read_text(model) == before);
  CHECK(read_text(model + ".state") == state);
  CHECK(files_like(model) == 2);
}

TEST_CASE("program: killed at any moment, it leaves a whole model, and resumed ends as if undisturbed") {
  const SampleProject& p = sample_project();
  const std::vector<std::string> common =
      p.train({"--weights", p.weights(), "--train", "last:1", "--epochs", "10", "--seed", "4"});
  const auto with = [&](const char* option, const std::string& model) {
    std::vector<std::string> words = common;
    words.insert(words.end(), {option, model});
    return words;
  };
  const std::string whole = p.path("kill-whole.graft"), broken = p.path("kill-broken.graft");
  REQUIRE(run_program(with("--out", whole)).status == 0);

  const char* option = "--out";
  int killed = 0;
  for (int i = 0; i < 8; ++i) {
    Program program(with(option, broken));
    if (!program.wait_for_output("\ntrain ")) break;
    // Epochs take some tens of milliseconds here: the moments fall into steps, and into writing both files.
    std::this_thread::sleep_for(std::chrono::milliseconds(7 * i));
    program.kill_at_once();
    if (program.wait().status != 128 + 9) break;  // it was done before
    ++killed;
    REQUIRE(fs::exists(broken));
    REQUIRE(run_program({"inspect", "--model", broken}).status == 0);
    option = "--resume";
  }
  CHECK(killed > 0);
  const ProgramResult resumed = run_program(with("--resume", broken));
  CAPTURE(resumed.error);
  REQUIRE(resumed.status == 0);
  CHECK(read_text(whole) == read_text(broken));
  CHECK(files_like(broken) == 2);  // the model and its state; nothing that killed writers left
}

}  // namespace
}  // namespace graft::test
