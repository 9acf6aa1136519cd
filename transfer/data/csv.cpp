#include "transfer/data/csv.h"

#include <algorithm>

#include "engine/check.h"

namespace graft {
namespace {

class Parser {
 public:
  Parser(std::string_view text, const std::string& name) : text_(text), name_(name) {
    if (text_.starts_with("\xef\xbb\xbf")) text_.remove_prefix(3);
  }

  std::vector<CsvRow> parse() {
    std::vector<CsvRow> rows;
    while (at_ < text_.size()) {
      CsvRow row{line_, {}};
      do row.fields.push_back(field());
      while (skip(','));
      end_of_line();
      if (row.fields.size() > 1 || !row.fields[0].empty()) rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  bool skip(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  void end_of_line() {
    const bool carriage = skip('\r');
    GRAFT_CHECK(skip('\n') || carriage || at_ == text_.size(), format, name_, ": line ", line_,
                ": text after a closing quote");
    ++line_;
  }

  std::string field() {
    if (skip('"')) return quoted();
    const size_t begin = at_;
    at_ = std::min(text_.find_first_of(",\r\n", at_), text_.size());
    const std::string value(text_.substr(begin, at_ - begin));
    GRAFT_CHECK(value.find('"') == value.npos, format, name_, ": line ", line_,
                ": a quote inside a field that does not begin with one");
    return value;
  }

  std::string quoted() {
    std::string value;
    const int begin = line_;
    for (;;) {
      GRAFT_CHECK(at_ < text_.size(), format, name_, ": line ", begin, ": a quoted field without end");
      const char c = text_[at_++];
      if (c == '"' && !skip('"')) return value;
      line_ += c == '\n';
      value += c;
    }
  }

  std::string_view text_;
  const std::string& name_;
  size_t at_ = 0;
  int line_ = 1;
};

}  // namespace

std::vector<CsvRow> parse_csv(std::string_view text, const std::string& name) {
  return Parser(text, name).parse();
}

}  // namespace graft
