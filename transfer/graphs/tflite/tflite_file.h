#pragma once

#include "transfer/graphs/source_file.h"

namespace graft {

// TensorFlow Lite's files, version 3.
bool recognises_tflite(const FileBytes& file);
SourceFile read_tflite(const FileBytes& file, const SourceOptions& options);

}  // namespace graft
