#pragma once

#include <string>
#include <vector>

namespace graft {

// Files as named; of folders, every picture in them. False, and a line on standard error, where something
// named yields nothing.
bool find_images(const std::vector<std::string>& named, std::vector<std::string>& images);

}  // namespace graft
