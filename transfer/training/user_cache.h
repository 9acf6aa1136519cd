#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

namespace graft {

// graft's folder in the user's cache folder: XDG_CACHE_HOME, or else HOME's .cache. Nothing where there is
// neither.
std::optional<std::filesystem::path> user_cache_folder();
// What has that name in it; Error{call} naming the option where there is none.
std::filesystem::path user_cache_file(const char* name, std::string_view option);

}  // namespace graft
