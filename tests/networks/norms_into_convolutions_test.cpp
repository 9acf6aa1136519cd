#include "layers/lowering/norms_into_convolutions.h"

#include "kernels/norm_conv/norm_conv.h"
#include "networks/joined_steps.h"
#include "transfer/zoo/builder.h"

namespace graft::test {
namespace {

TEST_CASE("norms into convolutions: the same losses and gradients") {
  for (const std::string arch : {"mobilenet_v2", "efficientnet_lite0"}) {
    CAPTURE(arch);
    compare_results<norms_into_convolutions>(network_of(arch), Pass::train, {1e-10, 1e-4},
                                             [](const Choices& joined, const Choices& apart) {
                                               CHECK(steps(joined, NormConvForward::name) >= 10);
                                               CHECK(steps(joined, NormConvBackward::name) >= 10);
                                               CHECK(steps(apart, NormConvForward::name) == 0);
                                             });
  }
}

// A plan that trains everything, before and behind.
Plans plans_of(const Graph& graph, const ChoiceOptions& options = {}, std::vector<NodeId> outputs = {}) {
  return test::plans_of(norms_into_convolutions, BatchNormMode::train, graph, options, std::move(outputs));
}

int64_t joined(const Plans& plans) {
  const int64_t forward = Plans::count(*plans.joined, NormConvForward::name);
  CHECK(forward == Plans::count(*plans.joined, NormConvBackward::name));
  CHECK(plans.joined->steps().size() == plans.apart->steps().size() - static_cast<size_t>(3 * forward));
  return forward;
}

struct Parts {
  int64_t channels = 16, kernel = 3, groups = 16, outputs = 16;
  bool bias = false, pooled = false;
};

Graph small(const Parts& parts, NodeId* between = nullptr) {
  Builder b;
  NodeId x = b.conv("stem", b.input(), parts.channels, 3, {.padding = Padding::all(1)});
  x = b.relu("act", b.batch_norm("norm", x));
  if (between) *between = x;
  NodeId y = b.conv("second", x, parts.outputs, parts.kernel,
                    {.padding = Padding::all(parts.kernel / 2), .groups = parts.groups, .bias = parts.bias});
  if (parts.pooled) y = b.add("sum", y, x);
  y = b.flatten("flatten", b.adaptive_average_pool("pool", y, 1));
  b.dense("head", y, 5);
  return b.take();
}

TEST_CASE("norms into convolutions: only what the device has, and what nobody else reads") {
  CHECK(joined(plans_of(small({}))) == 1);
  CHECK(joined(plans_of(small({.channels = 48, .kernel = 5, .groups = 48, .outputs = 48}))) == 1);
  CHECK(joined(plans_of(small({.channels = 20, .groups = 20, .outputs = 20}))) == 0);
  CHECK(joined(plans_of(small({.groups = 1}))) == 0);
  CHECK(joined(plans_of(small({.kernel = 1, .groups = 1, .outputs = 24}))) == 1);
  CHECK(joined(plans_of(small({.kernel = 1, .groups = 1, .outputs = 64}))) == 0);
  CHECK(joined(plans_of(small({.bias = true}))) == 0);
  CHECK(joined(plans_of(small({.pooled = true}))) == 0);
  NodeId between = 0;
  const Graph graph = small({}, &between);
  CHECK(joined(plans_of(graph, {}, {between})) == 0);
  CHECK(joined(plans_of(graph, reference_of("conv_forward"))) == 0);
  CHECK(joined(plans_of(graph, reference_of("pool_forward"))) == 1);
}

TEST_CASE("norms into convolutions: frozen layers keep their steps") {
  Graph graph = small({});
  const auto freeze = [&](const std::string& name) {
    for (NodeId id = 1; id < graph.size(); ++id)
      if (graph[id].name == name) graph.set_trainable(id, false);
  };
  freeze("stem");  // no gradient in front of the norm
  CHECK(joined(plans_of(graph)) == 1);
  freeze("second");
  CHECK(joined(plans_of(graph)) == 0);
}

TEST_CASE("norms into convolutions: the map between is not kept") {
  const Plans plans = plans_of(small({}));
  const size_t map = size_t{2} * 16 * 16 * 16 * sizeof(float);
  CHECK(Plans::saved(*plans.joined) == Plans::saved(*plans.apart) - map);
}

}  // namespace
}  // namespace graft::test
