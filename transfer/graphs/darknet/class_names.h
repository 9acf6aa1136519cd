#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace graft {

// The names, one a line, that lie beside a .cfg: in the .names file of its name, or in the file that `names`
// in the .data file of its name says, looked for beside it. Empty where there are none, or they are no text.
std::vector<std::string> darknet_class_names(const std::filesystem::path& cfg);

}  // namespace graft
