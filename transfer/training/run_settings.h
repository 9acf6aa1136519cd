#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace graft {

// Names and values of options; a name may come more than once.
using Settings = std::vector<std::pair<std::string, std::string>>;

// Error{call} naming an option that is not as in the interrupted run, whose state lies in the file.
void check_same_settings(const Settings& now, const Settings& before, const std::filesystem::path& state);

}  // namespace graft
