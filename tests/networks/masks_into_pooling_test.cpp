#include "layers/lowering/masks_into_pooling.h"

#include "kernels/global_average/global_average.h"
#include "networks/joined_steps.h"
#include "transfer/zoo/builder.h"

namespace graft::test {
namespace {

TEST_CASE("masks into pooling: the same losses and gradients") {
  // The last activation is a convolution's, with a residual and without; the head is a convolution.
  for (const std::string arch : {"mobilenet_v2", "resnet18", "squeezenet1_1"}) {
    CAPTURE(arch);
    compare_results<masks_into_pooling>(network_of(arch), Pass::eval, {1e-12, 1e-5},
                                        [](const Choices& joined, const Choices& apart) {
                                          CHECK(steps(joined, GlobalAverageForward::name) == 1);
                                          CHECK(steps(joined, GlobalAverageBackward::name) == 1);
                                          CHECK(steps(apart, GlobalAverageForward::name) == 0);
                                        });
  }
}

Plans plans_of(const Graph& graph, const ChoiceOptions& options = {}, std::vector<NodeId> outputs = {}) {
  return test::plans_of(masks_into_pooling, BatchNormMode::frozen, graph, options, std::move(outputs));
}

// How many poolings keep a mask: two steps in the place of four.
int64_t joined(const Plans& plans) {
  const int64_t forward = Plans::count(*plans.joined, GlobalAverageForward::name);
  CHECK(forward == Plans::count(*plans.joined, GlobalAverageBackward::name));
  CHECK(plans.joined->steps().size() == plans.apart->steps().size() - static_cast<size_t>(2 * forward));
  return forward;
}

struct Parts {
  Activation activation = Activation::relu;
  int64_t pooled = 1;
  bool largest = false, window = false;
};

Graph small(const Parts& parts, NodeId* map = nullptr) {
  Builder b;
  NodeId x = b.conv("stem", b.input(), 12, 3, {.padding = Padding::all(1)});
  x = b.activation("act", x, parts.activation);
  if (map) *map = x;
  const NodeId y = parts.largest  ? b.max_pool("pool", x, 16, 16, 0)
                   : parts.window ? b.average_pool("pool", x, 16, 16, 0)
                                  : b.adaptive_average_pool("pool", x, parts.pooled);
  b.dense("head", b.flatten("flatten", y, parts.pooled), 5);
  return b.take();
}

TEST_CASE(
    "masks into pooling: where the whole map is averaged and a mask is kept, and nobody asks for a step") {
  CHECK(joined(plans_of(small({}))) == 1);
  CHECK(joined(plans_of(small({.activation = Activation::relu6}))) == 1);
  CHECK(joined(plans_of(small({.activation = {Activation::leaky_relu, 0.25f}}))) == 1);
  CHECK(joined(plans_of(small({.window = true}))) == 1);
  CHECK(joined(plans_of(small_network())) == 1);
  CHECK(joined(plans_of(small({.activation = Activation::sigmoid}))) == 0);
  CHECK(joined(plans_of(small({.pooled = 2}))) == 0);
  CHECK(joined(plans_of(small({.largest = true}))) == 0);
  NodeId map = 0;
  const Graph graph = small({}, &map);
  CHECK(joined(plans_of(graph, {}, {map})) == 0);
  CHECK(joined(plans_of(graph, reference_of("pool_forward"))) == 0);
  CHECK(joined(plans_of(graph, reference_of("conv_forward"))) == 1);
}

TEST_CASE("masks into pooling: what is frozen keeps none") {
  Graph graph = small({});
  graph.set_trainable(1, false);
  const Plans frozen = plans_of(graph);
  CHECK(joined(frozen) == 0);
  CHECK(Plans::count(*frozen.joined, ActivationMask::name) == 0);
  CHECK(Plans::count(*frozen.joined, PoolForward::name) == 1);
}

TEST_CASE("masks into pooling: a bit of each element is kept in the place of a byte") {
  const Plans plans = plans_of(small({}));
  const size_t elements = size_t{2} * 16 * 16 * 12;
  CHECK(Plans::saved(*plans.joined) == Plans::saved(*plans.apart) - elements + elements / 8);
}

}  // namespace
}  // namespace graft::test
