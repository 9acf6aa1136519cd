#include "transfer/training/user_cache.h"

#include <cstdlib>

#include "engine/check.h"

namespace graft {

namespace fs = std::filesystem;

std::optional<fs::path> user_cache_folder() {
  for (const auto& [variable, below] : {std::pair{"XDG_CACHE_HOME", ""}, {"HOME", ".cache"}})
    if (const char* folder = std::getenv(variable); folder && fs::path(folder).is_absolute())
      return fs::path(folder) / below / "graft";
  return std::nullopt;
}

fs::path user_cache_file(const char* name, std::string_view option) {
  const std::optional<fs::path> folder = user_cache_folder();
  GRAFT_CHECK(folder, call, option,
              ": neither XDG_CACHE_HOME nor HOME names a folder to keep its results in");
  return *folder / name;
}

}  // namespace graft
