#pragma once

#include "layers/lowering/lower.h"

namespace graft {

// Lets a value that is copied into a wider one be that slice of it from the start, and takes the copy away,
// where every step that touches the value can do with pixels that lie apart: a chain of concatenations is one
// buffer then.
void share_slices(Plan& plan);

// What lower() makes, before that.
std::unique_ptr<Plan> lower_with_copies(const Graph& graph, const Weights& weights,
                                        const Parameters* parameters, const LowerRequest& request);

}  // namespace graft
