#pragma once

#include "transfer/graphs/source_file.h"

namespace graft::fuzz {

// Goes on with what a reader gave as far as an import does: every tensor's values, every layer's shape.
void use(SourceFile source);

}  // namespace graft::fuzz
