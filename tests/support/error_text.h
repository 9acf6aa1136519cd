#pragma once

#include <doctest/doctest.h>

#include <optional>
#include <string>

#include "engine/error.h"

namespace graft::test {

// What the Error of a call says, in one line as all of them; nothing where there was none.
template <class Call>
std::string error_of(const Call& call, std::optional<ErrorCode> code = std::nullopt) {
  try {
    call();
  } catch (const Error& error) {
    if (code) CHECK(error.code() == *code);
    const std::string said = error.what();
    CHECK(said.find('\n') == said.npos);
    return said;
  }
  return {};
}

}  // namespace graft::test
