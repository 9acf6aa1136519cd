#pragma once

#include "transfer/graphs/source_file.h"
#include "transfer/model/import.h"

namespace graft {

// A network that its file describes itself. Error{call} where an architecture is asked for, or class names
// are given that are not as many as its outputs.
ModelData import_graph(FileGraph file, const ImportOptions& options, ImportReport* report = nullptr);

// Weights of a published architecture, or a network that its file describes.
ModelData import_source(SourceFile file, const ImportOptions& options, ImportReport* report = nullptr);

}  // namespace graft
