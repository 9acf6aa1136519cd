#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace graft {

// Columns as wide as their widest cell, two spaces between them. `alignment` has a letter for each: 'r' for
// right, else left.
std::string text_table(const std::vector<std::vector<std::string>>& rows, std::string_view alignment);

}  // namespace graft
