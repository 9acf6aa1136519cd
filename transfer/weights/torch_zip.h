#pragma once

#include "transfer/weights/tensor_file.h"
#include "transfer/weights/zip_archive.h"

namespace graft {

// PyTorch's .pth/.pt since 1.6: a zip archive of NAME/data.pkl and one NAME/data/KEY for each storage.
bool holds_torch_pickle(const ZipArchive& archive);
TensorFile read_torch_zip(const ZipArchive& archive);

}  // namespace graft
