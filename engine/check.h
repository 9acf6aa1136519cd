#pragma once

#include <sstream>
#include <string>

#include "engine/error.h"

namespace graft {

// Concatenates anything that has operator<<.
template <class... Parts>
std::string text(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

template <class... Parts>
[[noreturn]] void fail(ErrorCode code, const Parts&... parts) {
  throw Error(code, text(parts...));
}

}  // namespace graft

// GRAFT_CHECK(batch > 0, shape, "batch is ", batch, "; it must be at least 1");
#define GRAFT_CHECK(condition, code, ...)                   \
  do {                                                      \
    if (!(condition)) [[unlikely]]                          \
      ::graft::fail(::graft::ErrorCode::code, __VA_ARGS__); \
  } while (0)
