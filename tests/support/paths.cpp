#include "support/paths.h"

namespace graft::test {

const std::string source_dir = GRAFT_SOURCE_DIR;
const std::string build_dir = GRAFT_BUILD_DIR;
const std::string program = GRAFT_PROGRAM;

}  // namespace graft::test
