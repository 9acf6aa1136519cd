#include "support/test_data.h"

#include "support/paths.h"

namespace graft::test {

std::optional<std::filesystem::path> test_data() {
  namespace fs = std::filesystem;
  if (const char* folder = std::getenv("GRAFT_TEST_DATA")) return fs::path(folder);
  const fs::path beside = fs::path(source_dir).parent_path() / "shared" / "data";
  if (fs::is_directory(beside)) return beside;
  return std::nullopt;
}

}  // namespace graft::test
