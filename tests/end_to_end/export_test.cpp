#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include <fstream>

#include "end_to_end/program.h"
#include "weights/samples.h"

namespace graft::test {
namespace {

using Json = nlohmann::json;

Json predictions(const std::string& weights, const std::string& image) {
  const ProgramResult result =
      run_program({"predict", "--weights", weights, "--json", "--top", "1000", "--device", "cpu", image});
  CAPTURE(result.error);
  REQUIRE(result.status == 0);
  return Json::parse(result.out).at(0).at("top");
}

std::map<int, double> by_class(const Json& top) {
  std::map<int, double> probabilities;
  for (const Json& row : top) probabilities[row.at("index")] = row.at("probability");
  return probabilities;
}

TEST_CASE("program: export writes a network and weights that are read back the same") {
  const SampleProject& p = sample_project();
  const std::string onnx = p.path("exported.onnx"), safetensors = p.path("exported.safetensors");
  const ProgramResult exported = run_program({"export", "--weights", p.weights(), "--onnx", onnx,
                                              "--safetensors", safetensors, "--preprocessing", "on"});
  CAPTURE(exported.error);
  REQUIRE(exported.status == 0);
  const Json expected = predictions(p.weights(), p.path("all/dark/0.png"));
  CHECK(predictions(safetensors, p.path("all/dark/0.png")) == expected);
  const auto ours = by_class(expected), read_back = by_class(predictions(onnx, p.path("all/dark/0.png")));
  REQUIRE(ours.size() == 1000);
  REQUIRE(read_back.size() == 1000);
  for (const auto& [index, probability] : ours)
    CHECK(read_back.at(index) == doctest::Approx(probability).epsilon(1e-4));

  const ProgramResult inspected = run_program({"inspect", "--weights", onnx});
  CHECK(inspected.status == 0);
  CHECK(inspected.out.starts_with(onnx + ": ONNX, a network of "));
}

TEST_CASE("program: inspect says what a file is that no network can be made of") {
  const SampleProject& p = sample_project();
  const std::string file = p.path("one.npy");
  std::ofstream(file, std::ios::binary)
      << npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", std::string(4, '\0'));
  const ProgramResult result = run_program({"inspect", "--weights", file});
  CHECK(result.status == 1);
  CHECK(result.out == file + ": npy, 1 tensors\n");
  CHECK(is_one_line_error(result.error));
}

}  // namespace
}  // namespace graft::test
