#include "support/paths.h"

namespace graft::test {

namespace {

std::string path_of(const char* variable, const char* built) {
  const char* given = std::getenv(variable);
  return given ? given : built;
}

}  // namespace

const std::string source_dir = path_of("GRAFT_SOURCE_DIR", GRAFT_SOURCE_DIR);
const std::string build_dir = GRAFT_BUILD_DIR;
const std::string program = path_of("GRAFT_PROGRAM", GRAFT_PROGRAM);

}  // namespace graft::test
