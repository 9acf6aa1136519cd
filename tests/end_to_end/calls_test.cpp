#include <doctest/doctest.h>

#include <cstdlib>

#include "end_to_end/program.h"

namespace graft::test {
namespace {

using Words = std::vector<std::string>;

struct WrongCall {
  Words arguments;
  int status;
  Words said;  // parts of the one line
};

void check(const WrongCall& call) {
  std::string words;
  for (const std::string& word : call.arguments) words += word + " ";
  CAPTURE(words);
  const ProgramResult result = run_program(call.arguments);
  CAPTURE(result.error);
  CHECK(result.status == call.status);
  CHECK(is_one_line_error(result.error));
  for (const std::string& part : call.said) CHECK(result.error.find(part) != std::string::npos);
}

TEST_CASE("program: wrong calls are one line and status 2") {
  const SampleProject& p = sample_project();
  const std::string data = p.path("data"), weights = p.weights();
  for (const WrongCall& call : std::initializer_list<WrongCall>{
           {{}, 2, {"train, predict"}},
           {{"grow"}, 2, {"'grow'"}},
           {{"train", "--data", data, "--weights", weights, "--epochs", "2", "--epochs", "3"},
            2,
            {"--epochs", "once"}},
           {{"train", "--data", data, "--weights", weights, "--epochs", "0"}, 2, {"--epochs", "'0'"}},
           {{"train", "--data", data, "--weights", weights, "--lr", "nan"}, 2, {"--lr"}},
           {{"train", "--data", data, "--weights", weights, "--lr", "-1"}, 2, {"--lr"}},
           {{"train", "--data", data, "--weights", weights, "--optimzer", "sgd"}, 2, {"--optimizer"}},
           {{"train", "--data", data, "--weights", weights, "--precision", "fp8"},
            2,
            {"--precision", "tf32"}},
           {{"predict", "--weights", weights, "--device", "cpu", "--precision", "tf32", data},
            2,
            {"--precision", "'cpu'", "emulated"}},
           {{"predict", "--weights", weights, "--device", "cpu", "--precision", "bf16", data},
            2,
            {"--precision bf16", "'cpu'", "emulated"}},
           {{"train", "--data", data, "--weights", weights, "--val-split", "1"}, 2, {"--val-split"}},
           {{"train", "--data", data, "--weights", weights, "--train", "last:99"}, 2, {"last:99"}},
           {{"train", "--data", data, "--weights", weights, "--train", "featurs.*"},
            2,
            {"featurs", "features"}},
           {{"train", "--data", data, "--weights", weights, "--arch", "squeezenet1_2"}, 2, {"squeezenet1_1"}},
           {{"train", "--data", data, "--weights", "none"}, 2, {"--arch"}},
           {{"train", "--data", data}, 2, {"--weights"}},
           {{"predict", "--weights", weights}, 2, {"IMAGE"}},
           {{"predict", "--weights", weights, "--device", "abacus", data}, 2, {"abacus"}},
           {{"inspect", "--weights", weights, "--model", weights}, 2, {"--model"}},
           {{"import", "--weights", weights}, 2, {"--out"}},
           {{"compare", "--weights", weights}, 2, {"--devices"}},
           {{"compare", "--weights", weights, "--devices", "cpu,cpu,cpu"}, 2, {"--devices", "3 sides"}},
           {{"compare", "--weights", weights, "--devices", "cpu,"}, 2, {"--devices", "empty"}},
           {{"compare", "--weights", weights, "--devices", "cpu,abacus"}, 2, {"abacus"}},
           {{"compare", "--weights", weights, "--devices", "emulated", "--precisions", "fp32,fp8"},
            2,
            {"--precisions", "'fp8'"}},
           {{"compare", "--weights", weights, "--devices", "cpu", "--providers", "own,amd"},
            2,
            {"--providers", "'amd'"}},
           {{"compare", "--weights", weights, "--devices", "cpu", "--providers", "own,vendor"},
            2,
            {"--provider vendor", "'cpu'"}},
           {{"predict", "--weights", weights, "--device", "emulated", "--tune", "on", data},
            2,
            {"--tune on", "'emulated"}},
           {{"predict", "--weights", weights, "--provider", "amd", data}, 2, {"--provider", "'amd'"}},
           {{"predict", "--weights", weights, "--device", "emulated", "--provider", "vendor", data},
            2,
            {"--provider vendor", "'emulated"}},
           {{"compare", "--weights", weights, "--devices", "cpu", "--precisions", "fp32,tf32"}, 2, {"'cpu'"}},
           {{"compare", "--weights", weights, "--devices", "cpu", "--method", "conv_forward"},
            2,
            {"--method", "conv_forward"}},
           {{"compare", "--weights", weights, "--devices", "cpu", "--batch", "2", data}, 2, {"--batch"}},
           {{"compare", "--weights", weights, "--devices", "cpu", "--show", "all"}, 2, {"--show", "display"}},
           {{"profile", "--weights", weights, "--runs", "0"}, 2, {"--runs", "'0'"}},
           {{"profile", "--weights", weights, "--train", "featurs.*"}, 2, {"featurs", "features"}},
       })
    check(call);
}

TEST_CASE("program: work that fails is one line and status 1") {
  const SampleProject& p = sample_project();
  const TemporaryFolder& folder = p.folder();
  const std::string weights = p.weights();
  const Bytes picture = png_file(pattern(40, 30));
  folder.write("lacking/train/bright/0.png", picture);
  folder.write("lacking/train/dark/0.png", png_file(pattern(41, 30)));
  folder.write("lacking/val/bright/0.png", picture);
  folder.write("unknown/train/bright/0.png", picture);
  folder.write("unknown/train/dark/0.png", png_file(pattern(41, 30)));
  folder.write("unknown/val/bright/0.png", picture);
  folder.write("unknown/val/dark/0.png", picture);
  folder.write("unknown/val/dusk/0.png", picture);
  folder.write("empty/bright/0.png", picture);
  folder.write("empty/dark/note.jpg", "not a picture");
  folder.write("text.pth", "not weights");

  const std::string data = p.path("data");
  for (const WrongCall& call : std::initializer_list<WrongCall>{
           {{"train", "--data", p.path("nowhere"), "--weights", weights}, 1, {"nowhere"}},
           {{"train", "--data", p.path("lacking"), "--weights", weights}, 1, {"dark"}},
           {{"train", "--data", p.path("unknown"), "--weights", weights}, 1, {"dusk"}},
           {{"train", "--data", p.path("empty"), "--weights", weights}, 1, {"dark"}},
           {{"train", "--data", data, "--weights", p.path("nowhere.pth")}, 1, {"nowhere.pth"}},
           {{"train", "--data", data, "--weights", p.path("text.pth")}, 1, {"text.pth"}},
           {{"train", "--data", data, "--weights", weights, "--out", p.path("no/such/m.graft")},
            1,
            {"no/such"}},
           {{"train", "--data", data, "--weights", weights, "--resume", p.path("never.graft")},
            1,
            {"never.graft"}},
           {{"predict", "--model", weights, p.path("text.pth")}, 1, {"--weights"}},
           {{"compare", "--weights", weights, "--devices", "cpu", p.path("text.pth")}, 1, {"text.pth"}},
           {{"profile", "--weights", weights, "--trace", p.path("no/such/t.json")},
            1,
            {"--trace", "no/such"}},
           {{"evaluate", "--weights", weights, "--data", data}, 1, {"bright", "ImageNet"}},
       })
    check(call);
}

TEST_CASE("program: help of every command ends with an example") {
  for (const char* command : {"train", "predict", "evaluate", "inspect", "compare", "profile", "import"}) {
    const ProgramResult result = run_program({command, "--help"});
    CHECK(result.status == 0);
    CHECK(result.error.empty());
    const size_t example = result.out.find("Example:\n  graft " + std::string(command));
    REQUIRE(example != std::string::npos);
    CHECK(result.out.size() - example < 200);
  }
}

TEST_CASE("program: GRAFT_VERBOSE=1 tells what was chosen, and why others refused") {
  const SampleProject& p = sample_project();
  const Words call{"predict",  "--weights", p.weights(),
                   "--device", "emulated",  p.path("data/val/dark/0.png")};
  CHECK(run_program(call).error.find("conv_forward") == std::string::npos);
  setenv("GRAFT_VERBOSE", "1", 1);
  const ProgramResult result = run_program(call);
  unsetenv("GRAFT_VERBOSE");
  CHECK(result.status == 0);
  const size_t stem = result.error.find("conv_forward n1 224x224x3 k64 3x3 stride 2,2 ");
  REQUIRE(stem != std::string::npos);
  const std::string line = result.error.substr(stem, result.error.find('\n', stem) - stem);
  CAPTURE(line);
  CHECK(line.find(": stem") != std::string::npos);
  CHECK(result.error.find("; stem refuses: ") != std::string::npos);
}

}  // namespace
}  // namespace graft::test
