#pragma once

#include "transfer/graphs/source_file.h"

namespace graft {

// A network of darknet's: a .cfg with its .weights, either of which may be named; the other lies beside it
// under the same name, or is what --graph names. A layer is named after its number in the .cfg ("7.conv",
// "7.norm"); --outputs takes such names or the number alone. Every float of the .weights is used, or it is
// an error.
bool recognises_darknet(const FileBytes& file);
SourceFile read_darknet(const FileBytes& file, const SourceOptions& options);

}  // namespace graft
