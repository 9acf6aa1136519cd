#pragma once

#include <cstdlib>
#include <string>

// Where this build lies; told to one source file only, so that a compiler cache serves every checkout.
namespace graft::test {

extern const std::string source_dir, build_dir;
extern const std::string program;  // the `graft` program

// Run from a bundle: there is no build folder, and the environment says where the rest lies.
inline bool bundled() { return std::getenv("GRAFT_BUNDLE") != nullptr; }

}  // namespace graft::test
