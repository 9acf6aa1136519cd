#include "support/test_data.h"

namespace graft::test {

std::optional<std::filesystem::path> test_data() {
  namespace fs = std::filesystem;
  if (const char* folder = std::getenv("GRAFT_TEST_DATA")) return fs::path(folder);
  const fs::path beside = fs::path(GRAFT_SOURCE_DIR).parent_path() / "shared" / "data";
  if (fs::is_directory(beside)) return beside;
  return std::nullopt;
}

}  // namespace graft::test
