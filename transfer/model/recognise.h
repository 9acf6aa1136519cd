#pragma once

#include "transfer/model/model_data.h"
#include "transfer/weights/tensor_file.h"
#include "transfer/zoo/zoo.h"

namespace graft {

// The architecture whose parameters the file has, by names and shapes; of several the largest, for a small
// network's may all be in a large one's (ResNet-18 in ResNet-34). The head's number of classes may differ.
// Error{format} naming the best candidate and its first difference where none fits.
const Architecture& recognise(const TensorFile& file);

// The file's tensor of that published name, or of the name that older files give it; null where there is
// none.
const NamedTensor* find_tensor(const TensorFile& file, const Architecture& arch, const std::string& name);

// The outputs of the head in this file; 1000 where the head is missing.
int64_t class_count(const TensorFile& file, const Architecture& arch);

// The architecture as a model without weights.
ModelData describe(const Architecture& arch, int64_t classes);

}  // namespace graft
