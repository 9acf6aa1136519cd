#pragma once

#include <doctest/doctest.h>

#include <sstream>

#include "end_to_end/program.h"
#include "support/paths.h"

// For tests of bench's scripts.
namespace graft::test {

inline bool no_python() {
  if (run_file("/usr/bin/env", {"python3", "--version"}).status == 0) return false;
  MESSAGE("skipped: python3 was not found");
  return true;
}

// The cells of a Markdown table's row that begins with `name`, between bars.
inline Words row_of(const std::string& text, const std::string& name) {
  Words cells;
  const size_t at = text.find("\n| " + name + ' ');
  if (at == std::string::npos) return cells;
  std::istringstream line(text.substr(at + 2, text.find('\n', at + 1) - at - 2));
  for (std::string cell; std::getline(line, cell, '|');) {
    const size_t begin = cell.find_first_not_of(' ');
    cells.push_back(begin == std::string::npos ? ""
                                               : cell.substr(begin, cell.find_last_not_of(' ') + 1 - begin));
  }
  return cells;
}

}  // namespace graft::test
