#pragma once

#include "transfer/graphs/source_file.h"

namespace graft {

// A network of Caffe's: a .caffemodel with its .prototxt, either of which may be named; the other lies beside
// it under the same name, or is what --graph names. Caffe reads blue first.
bool recognises_caffe(const FileBytes& file);
SourceFile read_caffe(const FileBytes& file, const SourceOptions& options);

}  // namespace graft
