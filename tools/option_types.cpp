#include "tools/option_types.h"

#include <charconv>

#include "engine/check.h"

namespace graft {
namespace {

template <class T>
bool parse(const std::string& word, T& value) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  return error == std::errc() && end == word.data() + word.size();
}

template <class T>
CLI::Validator in_range(const char* kind, T low, T high) {
  return CLI::Validator(
      [kind, low, high](std::string& word) {
        T value{};
        // Written so that NaN fails.
        if (parse(word, value) && value >= low && value <= high) return std::string();
        return text("'", word, "' is not ", kind, " from ", low, " to ", high);
      },
      "");
}

}  // namespace

CLI::Validator whole_number(int64_t low, int64_t high) { return in_range("a whole number", low, high); }

CLI::Validator number(double low, double high) { return in_range("a number", low, high); }

CLI::Validator one_of(std::initializer_list<const char*> choices) {
  const std::vector<std::string> known(choices.begin(), choices.end());
  return CLI::Validator(
      [known](std::string& word) {
        std::string names;
        for (const std::string& choice : known) {
          if (word == choice) return std::string();
          names += (names.empty() ? "" : ", ") + choice;
        }
        return text("'", word, "' is not one of ", names);
      },
      "");
}

CLI::Validator not_empty() {
  return CLI::Validator(
      [](std::string& word) { return word.empty() ? std::string("the value is empty") : std::string(); }, "");
}

std::vector<std::string> split_commas(const std::string& list) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= list.size();) {
    const size_t comma = std::min(list.find(',', begin), list.size());
    parts.push_back(list.substr(begin, comma - begin));
    begin = comma + 1;
  }
  return parts;
}

std::vector<std::pair<std::string, std::string>> split_pairs(const std::string& option,
                                                             const std::string& list) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& part : split_commas(list)) {
    const size_t equals = part.find('=');
    GRAFT_CHECK(equals != std::string::npos && equals > 0 && equals + 1 < part.size(), call, option, ": '",
                part, "' is not of the form NAME=VALUE");
    pairs.emplace_back(part.substr(0, equals), part.substr(equals + 1));
  }
  return pairs;
}

}  // namespace graft
