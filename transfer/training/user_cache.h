#pragma once

#include <filesystem>
#include <string_view>

namespace graft {

// What has that name in graft's folder in the user's cache folder: XDG_CACHE_HOME, or else HOME's .cache.
// Error{call} naming the option where there is neither.
std::filesystem::path user_cache_file(const char* name, std::string_view option);

}  // namespace graft
