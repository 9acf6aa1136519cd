#pragma once

#include <functional>

#include "transfer/weights/pickle.h"
#include "transfer/weights/tensor_file.h"

namespace graft {

// Gives the bytes of a whole storage record, or fails with Error{format}.
using StorageBytes = std::function<std::span<const std::byte>(const PickleStorage&)>;

// The tensors of a pickled PyTorch state dictionary, in its order, ranges checked. A dictionary inside the
// keys state_dict, model_state_dict, model or net is taken instead of the one around it; `module.` is cut
// where every name begins with it (DataParallel); entries that are no tensors are passed over. Error{format}
// where there is no tensor.
std::vector<NamedTensor> torch_tensors(const std::string& file, const Pickle& pickle,
                                       const StorageBytes& bytes);

}  // namespace graft
