#pragma once

#include <string>

// Where this build lies; told to one source file only, so that a compiler cache serves every checkout.
namespace graft::test {

extern const std::string source_dir, build_dir;
extern const std::string program;  // the `graft` program

}  // namespace graft::test
