#include "transfer/graphs/darknet/cfg.h"

#include <algorithm>
#include <charconv>

namespace graft {

namespace {

constexpr size_t most_bytes = size_t{1} << 20, most_sections = 5000;

// Without any white space, as darknet reads it; empty for a comment.
std::string stripped(std::string_view line) {
  std::string out;
  for (char c : line)
    if (c != ' ' && c != '\t' && c != '\r' && c != '\0') out += c;
  return out.starts_with('#') || out.starts_with(';') ? std::string() : out;
}

// The next line, which is taken from the text.
std::string_view take_line(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

template <class Number>
bool parse(std::string_view text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string DarknetSection::where() const {
  return text(file_, " line ", line_, ", [", printable(type_), "]");
}

const DarknetSection::Option* DarknetSection::find(std::string_view key) const {
  const auto found = options_.find(key);
  return found == options_.end() ? nullptr : &found->second;
}

int64_t DarknetSection::integer(std::string_view key, int64_t otherwise) const {
  const Option* option = find(key);
  if (!option) return otherwise;
  int64_t value = 0;
  constexpr int64_t largest = int64_t{1} << 30;
  GRAFT_CHECK(parse(option->value, value) && value >= -largest && value <= largest, format, file_, " line ",
              option->line, ": ", key, " is '", printable(option->value),
              "', no whole number that could be meant");
  return value;
}

double DarknetSection::real(std::string_view key, double otherwise) const {
  const Option* option = find(key);
  if (!option) return otherwise;
  double value = 0;
  GRAFT_CHECK(parse(option->value, value), format, file_, " line ", option->line, ": ", key, " is '",
              printable(option->value), "', no number");
  return value;
}

std::string DarknetSection::word(std::string_view key, std::string_view otherwise) const {
  const Option* option = find(key);
  return option ? option->value : std::string(otherwise);
}

std::vector<int64_t> DarknetSection::integers(std::string_view key) const {
  const Option* option = find(key);
  if (!option) return {};
  std::vector<int64_t> values;
  for (std::string_view rest = option->value;;) {
    const size_t end = std::min(rest.find(','), rest.size());
    int64_t value = 0;
    GRAFT_CHECK(parse(rest.substr(0, end), value) && values.size() < 1000, format, file_, " line ",
                option->line, ": ", key, " is '", printable(option->value),
                "', no list of numbers with commas");
    values.push_back(value);
    if (end == rest.size()) return values;
    rest.remove_prefix(end + 1);
  }
}

void DarknetSection::set(std::string key, std::string value, int line) {
  options_[std::move(key)] = {std::move(value), line};
}

void DarknetSection::refuse(std::initializer_list<std::string_view> keys) const {
  for (std::string_view key : keys)
    if (const Option* option = find(key))
      GRAFT_CHECK(option->value == "0" || option->value == "none", format, file_, " line ", option->line,
                  ": ", key, "=", printable(option->value), " of [", printable(type_),
                  "] has no layer; --outputs N may end the network before it");
}

std::vector<std::string> DarknetSection::others(std::initializer_list<std::string_view> known) const {
  std::vector<std::string> keys;
  for (const auto& [key, option] : options_)
    if (std::find(known.begin(), known.end(), key) == known.end()) keys.push_back(key);
  return keys;
}

bool looks_like_cfg(std::span<const std::byte> bytes) {
  constexpr size_t enough = 65536;
  std::string_view rest = as_text(bytes.first(std::min(bytes.size(), enough)));
  if (rest.starts_with("\xef\xbb\xbf")) rest.remove_prefix(3);
  while (!rest.empty()) {
    const std::string line = stripped(take_line(rest));
    if (!line.empty()) return line == "[net]" || line == "[network]";
  }
  return false;
}

std::vector<DarknetSection> read_cfg(const FileBytes& file) {
  GRAFT_CHECK(file.bytes.size() <= most_bytes && looks_like_cfg(file.bytes), format, file.name,
              ": is no darknet .cfg: text that begins with [net], of at most ", most_bytes, " bytes");
  std::string_view rest = as_text(file.bytes);
  if (rest.starts_with("\xef\xbb\xbf")) rest.remove_prefix(3);
  std::vector<DarknetSection> sections;
  for (int number = 1; !rest.empty(); ++number) {
    const std::string line = stripped(take_line(rest));
    if (line.empty()) continue;
    if (line.front() == '[') {
      GRAFT_CHECK(line.size() > 2 && line.back() == ']' && sections.size() < most_sections, format, file.name,
                  " line ", number, ": '", printable(line), "' is no section");
      sections.emplace_back(file.name, line.substr(1, line.size() - 2), number);
      continue;
    }
    const size_t equals = line.find('=');
    GRAFT_CHECK(equals != line.npos && equals > 0, format, file.name, " line ", number, ": '",
                printable(line), "' is neither a [section] nor key=value");
    sections.back().set(line.substr(0, equals), line.substr(equals + 1), number);
  }
  return sections;
}

}  // namespace graft
