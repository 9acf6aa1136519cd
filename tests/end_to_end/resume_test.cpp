#include <doctest/doctest.h>

#include <filesystem>

#include "end_to_end/program.h"

namespace graft::test {
namespace {

// Interrupted after each of the epochs named, each time resumed, and at last left to finish: the same file as
// the run that nobody disturbed.
void check_resume(const std::string& name, const Words& options, const Words& interrupt_after) {
  const SampleProject& p = sample_project();
  const Words common = p.train(with({"--weights", p.weights()}, options));
  const std::string whole = p.path(name + "-whole.graft"), broken = p.path(name + "-broken.graft");
  const ProgramResult undisturbed = run_program(with(common, {"--out", whole}));
  CAPTURE(undisturbed.error);
  REQUIRE(undisturbed.status == 0);

  Words where{"--out", broken};
  for (const std::string& line : interrupt_after) {
    Program program(with(common, where));
    REQUIRE_MESSAGE(program.wait_for_output("\n" + line), line);
    program.interrupt();
    const ProgramResult result = program.wait();
    CAPTURE(result.out);
    CAPTURE(result.error);
    REQUIRE(result.status == 130);
    CHECK(is_one_line_error(result.error));
    CHECK(result.error.find("--resume " + broken) != std::string::npos);
    CHECK(std::filesystem::exists(broken + ".state"));
    where = {"--resume", broken};
  }
  const ProgramResult resumed = run_program(with(common, where));
  CAPTURE(resumed.error);
  REQUIRE(resumed.status == 0);
  CHECK(read_text(whole).size() > 1000);
  CHECK(read_text(whole) == read_text(broken));
}

TEST_CASE("program: Ctrl-C leaves a state; resumed equals undisturbed, bit for bit") {
  check_resume("tuned", {"--train", "last:2", "--epochs", "12", "--seed", "3"}, {"train 2/12", "train 7/12"});
}

TEST_CASE("program: the same with decay, momentum and a moving average, what is frozen untouched") {
  const Words options{"--train", "last:2",         "--epochs", "6",         "--ema",
                      "0.95",    "--weight-decay", "0.01",     "--augment", "flip"};
  check_resume("averaged", options, {"train 2/6", "train 4/6"});
  const SampleProject& p = sample_project();
  const ProgramResult other =
      run_program(with(p.train(with({"--weights", p.weights()}, {"--train", "last:2", "--epochs", "6"})),
                       {"--resume", p.path("averaged-whole.graft"), "--ema", "0.95"}));
  CHECK(other.status == 2);
}

TEST_CASE("program: the same for AdamW with dropout, started from scratch") {
  const SampleProject& p = sample_project();
  const Words common =
      p.train({"--weights", "none", "--arch", "squeezenet1_1", "--train", "all", "--batch-norm", "train",
               "--head-first", "off", "--optimizer", "adamw", "--epochs", "8"});
  const std::string whole = p.path("fresh-whole.graft"), broken = p.path("fresh-broken.graft");
  REQUIRE(run_program(with(common, {"--out", whole})).status == 0);
  Program program(with(common, {"--out", broken}));
  REQUIRE(program.wait_for_output("\ntrain 3/8"));
  program.interrupt();
  REQUIRE(program.wait().status == 130);
  REQUIRE(run_program(with(common, {"--resume", broken})).status == 0);
  CHECK(read_text(whole) == read_text(broken));
}

TEST_CASE("program: a resumed run computes by the methods of the interrupted one, or says what differs") {
  const SampleProject& p = sample_project();
  const Words common = p.train({"--weights", p.weights(), "--train", "last:1", "--head-first", "off",
                                "--epochs", "4", "--seed", "3"}),
              method = {"--method", "conv_backward_weights=reference"};
  const std::string whole = p.path("method-whole.graft"), broken = p.path("method-broken.graft");
  REQUIRE(run_program(with(with(common, method), {"--out", whole})).status == 0);
  Program program(with(with(common, method), {"--out", broken}));
  REQUIRE(program.wait_for_output("\ntrain 1/4"));
  program.interrupt();
  REQUIRE(program.wait().status == 130);
  const std::string other = p.path("method-other.graft");
  for (const char* ending : {"", ".state"}) std::filesystem::copy_file(broken + ending, other + ending);

  const ProgramResult same = run_program(with(common, {"--resume", broken}));
  REQUIRE(same.status == 0);
  CHECK(same.out.find("warning:") == std::string::npos);
  CHECK(read_text(whole) == read_text(broken));

  const ProgramResult changed =
      run_program(with(common, {"--method", "conv_backward_weights=onednn", "--resume", other}));
  REQUIRE(changed.status == 0);
  CHECK(changed.out.find("warning: the interrupted run computed conv_backward_weights ") !=
        std::string::npos);
  CHECK(changed.out.find(" by reference, this one by onednn: the last bits may differ") != std::string::npos);
}

TEST_CASE(
    "program: TF32 and bfloat16 train where there are tensor cores, to other bits than float32, and resume "
    "as "
    "they were only") {
  const SampleProject& p = sample_project();
  const auto train = [&](const std::string& precision, const Words& more) {
    return run_program(with({"train",     "--data",    p.path("data"),
                             "--weights", p.weights(), "--image-size",
                             "64",        "--batch",   "8",
                             "--train",   "last:1",    "--head-first",
                             "off",       "--device",  "emulated",
                             "--threads", "2",         "--precision",
                             precision,   "--epochs",  "1",
                             "--seed",    "3"},
                            more));
  };
  const std::string fp32 = p.path("fp32.graft");
  REQUIRE(train("fp32", {"--out", fp32}).status == 0);
  for (const std::string precision : {"tf32", "bf16"}) {
    CAPTURE(precision);
    const std::string rounded = p.path(precision + ".graft");
    const ProgramResult result = train(precision, {"--out", rounded});
    CAPTURE(result.error);
    REQUIRE(result.status == 0);
    CHECK(read_text(fp32) != read_text(rounded));
    const ProgramResult other = train("fp32", {"--resume", rounded});
    CAPTURE(other.error);
    CHECK(other.status != 0);
    CHECK(is_one_line_error(other.error));
    CHECK(other.error.find("precision is fp32, but the run in") != std::string::npos);
    CHECK(train(precision, {"--resume", rounded}).status == 0);
  }
}

TEST_CASE("program: the same seed twice gives the same file, another seed another") {
  const SampleProject& p = sample_project();
  const auto train = [&](const std::string& name, const std::string& seed) {
    REQUIRE(run_program(
                p.train({"--weights", p.weights(), "--epochs", "2", "--seed", seed, "--out", p.path(name)}))
                .status == 0);
    return read_text(p.path(name));
  };
  const std::string first = train("seed-a.graft", "5");
  CHECK(first == train("seed-b.graft", "5"));
  CHECK(first != train("seed-c.graft", "6"));
}

}  // namespace
}  // namespace graft::test
