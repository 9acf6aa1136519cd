#pragma once

#include <span>
#include <string>
#include <string_view>

namespace graft {

// The names that take the fewest edits (Levenshtein) from `name`, at most three, as "a, b or c", nearest
// first. None that shares nothing with it: empty where there is no such name.
std::string nearest_names(std::string_view name, std::span<const std::string_view> known);

}  // namespace graft
