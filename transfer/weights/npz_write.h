#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "transfer/weights/tensor_file.h"

namespace graft {

// NumPy's .npz: each tensor (row-major, without gaps) under its name, and lists of UTF-8 text as arrays of
// unicode. Replaces the file in one step. Stored, not deflated, as numpy.savez does. Error{file}; Error{call}
// for a type that NumPy has not.
void write_npz(const std::filesystem::path& path, std::span<const NamedTensor> tensors,
               const std::map<std::string, std::vector<std::string>>& texts = {});

}  // namespace graft
