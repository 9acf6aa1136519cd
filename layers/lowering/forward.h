#pragma once

#include <vector>

#include "layers/lowering/lower.h"
#include "layers/lowering/rules.h"

namespace graft {

// Writes the forward steps. By node: the value that it has become, of the whole batch; none within a stretch
// of turns where nobody behind it reads one.
std::vector<ValueId> emit_forward(const Graph& graph, Lowering& lowering, const LowerRequest& request,
                                  CallList& list, const std::vector<Shape>& shapes);

}  // namespace graft
