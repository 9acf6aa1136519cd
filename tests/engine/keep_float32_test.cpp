#include <map>

#include "engine/whole_network_check.h"
#include "kernels/onednn_entry.h"
#include "layers/lowering/keep_float32.h"
#include "transfer/zoo/builder.h"

namespace graft::test {
namespace {

// A stem, a depthwise convolution behind it, and one further on; `shortcut`: another layer reads the stem
// too.
Graph network(bool shortcut) {
  Builder b;
  const Builder::Window same{.padding = Padding::all(1)}, depthwise{.padding = Padding::all(1), .groups = 8};
  const NodeId stem = b.relu("stem.relu", b.batch_norm("stem.norm", b.conv("stem", b.input(), 8, 3, same)));
  NodeId x = b.relu("first.relu", b.conv("first", stem, 8, 3, depthwise));
  x = b.relu("middle.relu", b.conv("middle", x, 8, 1, {}));
  if (shortcut) x = b.add("add", x, stem);
  x = b.relu("second.relu", b.conv("second", x, 8, 3, depthwise));
  b.dense("fc", b.flatten("flatten", b.adaptive_average_pool("mean", x, 1)), 3);
  return b.take();
}

// By layer: what of its convolution is float32.
std::map<std::string, std::string> wide_operands(const std::string& device_name, bool shortcut,
                                                 const ChoiceOptions& options = {}) {
  const WholeNetwork made(network(shortcut), {2, 12, 12, 3}, {0, 1});
  LowerRequest request{.from = {0}, .shapes = {made.shape}, .to = {made.graph.output()}};
  request.dtype = DType::bfloat16, request.math = Math::bf16;
  const auto device = open_device(device_name, {.threads = 2});
  const auto plan = lower(made.graph, made.weights, nullptr, request);
  keep_float32(*plan, device->properties(), options);
  std::map<std::string, std::string> wide;
  for (const auto& step : plan->steps()) {
    const auto* convolution = dynamic_cast<const OpStep<ConvForward>*>(step.get());
    if (!convolution) continue;
    const ConvProblem& p = convolution->problem();
    wide[step->layer()] = text(p.wide_x ? "x" : "", p.wide_w ? "w" : "", p.wide_y ? "y" : "");
    const auto type = [&](ValueId id) { return plan->value(id).dtype; };
    CHECK(type(step->reads()[0]) == (p.wide_x ? DType::float32 : DType::bfloat16));
    CHECK(type(step->reads()[1]) == (p.wide_w ? DType::float32 : DType::bfloat16));
    // A convolution that the device has only in float32 says nothing of it.
    if (step->layer() != "stem" || device_name == "cpu")
      CHECK(type(step->writes()[0]) == (p.wide_y ? DType::float32 : DType::bfloat16));
    if (step->layer() == "first") CHECK(step->reads()[0] == plan->steps()[0]->writes()[0]);
  }
  return wide;
}

using Wide = std::map<std::string, std::string>;

TEST_CASE("float32 in bfloat16 plans: depthwise filters, and what the first convolution gives one") {
  if (!why_no_onednn_bf16().empty()) {
    MESSAGE("skipped: ", why_no_onednn_bf16());
    return;
  }
  CHECK(wide_operands("cpu", false) == Wide{{"stem", "y"}, {"first", "xw"}, {"middle", ""}, {"second", "w"}});
  CHECK(wide_operands("emulated", false) ==
        Wide{{"stem", ""}, {"first", "xw"}, {"middle", ""}, {"second", "w"}});
  CHECK(wide_operands("cpu", true) == Wide{{"stem", ""}, {"first", "w"}, {"middle", ""}, {"second", "w"}});
}

TEST_CASE("float32 in bfloat16 plans: not where the method asked for has none") {
  const Wide none{{"stem", ""}, {"first", ""}, {"middle", ""}, {"second", ""}};
  ChoiceOptions options;
  options.forced["conv_forward"] = "onednn_bf16";
  CHECK(wide_operands("cpu", false, options) == none);
}

}  // namespace
}  // namespace graft::test
