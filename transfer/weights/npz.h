#pragma once

#include "transfer/weights/tensor_file.h"
#include "transfer/weights/zip_archive.h"

namespace graft {

// NumPy's .npz, a zip archive of .npy files, each tensor named after its entry without ".npy"; other entries
// are passed over. And a single .npy, whose one tensor is named "array".
bool holds_npy(const ZipArchive& archive);
TensorFile read_npz(const ZipArchive& archive);
TensorFile read_npy(const FileBytes& file);

}  // namespace graft
