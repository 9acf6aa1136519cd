#include <doctest/doctest.h>

#include <vector>

#include "engine/executor.h"
#include "layers/concat.h"
#include "layers/lowering/lower.h"

namespace graft::test {
namespace {

TEST_CASE("executor: a value that is part of a wider one is read and written by itself") {
  Graph graph(2);
  graph.add("cat", std::make_shared<Concat>(), {graph.input(), graph.input()});
  const Weights weights;
  const auto device = open_device("cpu", {.threads = 1});
  Workspace workspace(*device);
  LowerRequest request;
  request.from = {graph.input()};
  request.shapes = {{1, 1, 3, 2}};
  request.to = {graph.output()};
  Executor executor(workspace, lower(graph, weights, nullptr, request), nullptr, nullptr);
  const std::vector<float> input{1, 2, 3, 4, 5, 6};
  executor.write(executor.plan().inputs[0], input.data());
  executor.run();

  const ValueId second = executor.plan().steps()[1]->writes()[0];
  REQUIRE_FALSE(executor.address(second).dense());
  std::vector<float> part(6), whole(12);
  executor.read(second, part.data());
  CHECK(part == input);

  const std::vector<float> other{10, 20, 30, 40, 50, 60};
  executor.write(second, other.data());
  executor.read(executor.plan().outputs[0], whole.data());
  CHECK(whole == std::vector<float>{1, 2, 10, 20, 3, 4, 30, 40, 5, 6, 50, 60});
}

}  // namespace
}  // namespace graft::test
