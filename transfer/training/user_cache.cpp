#include "transfer/training/user_cache.h"

#include <cstdlib>

#include "engine/check.h"

namespace graft {

std::filesystem::path user_cache_file(const char* name, std::string_view option) {
  namespace fs = std::filesystem;
  for (const auto& [variable, below] : {std::pair{"XDG_CACHE_HOME", ""}, {"HOME", ".cache"}})
    if (const char* folder = std::getenv(variable); folder && fs::path(folder).is_absolute())
      return fs::path(folder) / below / "graft" / name;
  fail(ErrorCode::call, option, ": neither XDG_CACHE_HOME nor HOME names a folder to keep its results in");
}

}  // namespace graft
