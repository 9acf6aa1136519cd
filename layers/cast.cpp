#include "layers/cast.h"

#include "kernels/elementwise/cast.h"

namespace graft {

ValueId emit_cast(Plan& plan, const std::string& layer, Phase phase, ValueId from, DType to) {
  using Args = Cast::Args;
  const Value value = plan.value(from);
  const ValueId result = plan.activation(text(value.name, " in ", name_of(to)), value.shape, to);
  plan.emit<Cast>(layer, phase, {value.shape.count(), value.dtype, to},
                  {{&Args::x, from, Access::read}, {&Args::y, result, Access::write}});
  return result;
}

ValueId product_weight(Lowering& lowering, const Node& node) {
  return lowering.product_weight(node, "weight", [&](ValueId whole) {
    return emit_cast(lowering.plan, node.name, Phase::forward, whole, lowering.dtype);
  });
}

}  // namespace graft
