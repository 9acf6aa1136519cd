#pragma once

#include <string>
#include <vector>

namespace graft {

// A whole document with the reports' style sheet. The title is escaped, the body is HTML.
std::string html_page(const std::string& title, const std::string& body);

// A <table> that scrolls where it is too wide. The first row has the columns' names, the first column those
// of rows; all are escaped.
std::string html_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace graft
