#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace graft {

struct CsvRow {
  int line = 0;  // where it begins, counted from 1
  std::vector<std::string> fields;
};

// RFC 4180: commas, "quoted" fields with "" for a quote, any line ends; a byte order mark and blank lines are
// skipped. Error (format) beginning with `name` for quotes out of place.
std::vector<CsvRow> parse_csv(std::string_view text, const std::string& name);

}  // namespace graft
