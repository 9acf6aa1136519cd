#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/executor.h"
#include "layers/lowering/lower.h"
#include "networks/reference_file.h"
#include "support/kernel_devices.h"
#include "transfer/zoo/zoo.h"

namespace graft::test {

// A network with its regenerated weights and the batch its reference was computed for. Dropout is off.
struct TestNetwork {
  TestNetwork(const Architecture& architecture, const NetworkReference& reference);

  Graph graph;
  Weights weights;
  std::vector<float> input;  // N,H,W,C
  Shape input_shape;
  std::vector<int32_t> labels;
};

// float64 on the float64 device, else float32.
DType compute_type(const Device& device);
// The network's batch and labels into a plan with a loss; and any of its values out of it.
void write_batch(Executor& executor, const TestNetwork& network);
std::vector<double> read_value(const Executor& executor, ValueId id);

enum class Pass { eval, train };

struct PassResult {
  std::vector<double> logits;
  double loss = 0;
  std::vector<Parameters::Slice> slices;
  std::vector<double> gradients;  // the whole arena, which the slices point into
  Choices implementations;
};

// Forward, loss and backward with everything trainable, in the device's type.
PassResult run_pass(Device& device, const TestNetwork& network, Pass pass, ExecutorOptions options = {},
                    Executor::Observer observer = nullptr, decltype(&lower) lowering = lower);

// Options that make the plain reference compute every op.
ChoiceOptions reference_only();

GradientSummary summarise(const PassResult& result, const Parameters::Slice& slice);

// The names of the convolution methods that the device has for float32.
std::set<std::string> conv_methods(const Device& device);

// GRAFT_TEST_FULL=1 asks for all networks, GRAFT_TEST_NETWORKS=NAME,NAME for those; else the few that are
// quick are tested.
bool full_suite();
bool is_quick(std::string_view arch);
std::string_view networks_by_name();  // empty: none are named
bool is_tested(std::string_view arch);

}  // namespace graft::test
