#include "bench/flags.h"

#include <cstdlib>
#include <sstream>

#include "engine/check.h"

namespace graft::bench {

bool take_flag(const Flag& flag, int argc, char** argv, int& i) {
  const std::string_view argument = argv[i];
  if (!argument.starts_with(flag.name)) return false;
  const bool assigned = argument.size() > flag.name.size() && argument[flag.name.size()] == '=';
  if (argument.size() > flag.name.size() && !assigned) return false;
  if (flag.on) {
    GRAFT_CHECK(!assigned, call, flag.name, " takes no value");
    return *flag.on = true;
  }
  GRAFT_CHECK(assigned || i + 1 < argc, call, flag.name, " needs a value");
  flag.take(assigned ? argv[i] + flag.name.size() + 1 : argv[++i]);
  return true;
}

int number_from(const char* name, const std::string& value, long most) {
  char* end = nullptr;
  const long number = std::strtol(value.c_str(), &end, 10);
  GRAFT_CHECK(!value.empty() && *end == 0 && number >= 1 && number <= most, call, name, ' ', value,
              " is not a number from 1 to ", most);
  return static_cast<int>(number);
}

std::vector<int64_t> numbers_from(const char* name, const std::string& value, long most) {
  std::vector<int64_t> numbers;
  std::istringstream list(value + ',');
  for (std::string number; std::getline(list, number, ',');)
    numbers.push_back(number_from(name, number, most));
  return numbers;
}

bool on_or_off(const char* name, const std::string& value) {
  GRAFT_CHECK(value == "on" || value == "off", call, name, ' ', value, " is neither on nor off");
  return value == "on";
}

}  // namespace graft::bench
