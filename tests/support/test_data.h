#pragma once

#include <cstdlib>
#include <filesystem>
#include <optional>

namespace graft::test {

// The folder of shared test data, or nothing; a test that needs it then says that it was skipped.
std::optional<std::filesystem::path> test_data();

}  // namespace graft::test

// Ends the test case, saying why, where the shared data is missing.
#define GRAFT_REQUIRE_TEST_DATA(name)                       \
  const auto name##_found = ::graft::test::test_data();     \
  if (!name##_found) {                                      \
    MESSAGE("skipped: no test data (set GRAFT_TEST_DATA)"); \
    return;                                                 \
  }                                                         \
  const std::filesystem::path name = *name##_found
