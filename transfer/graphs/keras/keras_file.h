#pragma once

#include "transfer/graphs/source_file.h"

namespace graft {

// Keras's files (.h5 with model_config, .keras) are networks; an .h5 of weights alone is named tensors.
bool recognises_keras(const FileBytes& file);
SourceFile read_keras(const FileBytes& file, const SourceOptions& options);

}  // namespace graft
