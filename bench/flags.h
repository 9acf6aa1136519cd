#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace graft::bench {

// One of our own flags: --NAME=VALUE or --NAME VALUE; without `take`, --NAME alone.
struct Flag {
  std::string_view name;
  std::function<void(const char* value)> take;
  bool* on = nullptr;
};

// Whether argv[i] is the flag; then it has been taken, with its value. Throws Error{call} where that is
// missing.
bool take_flag(const Flag& flag, int argc, char** argv, int& i);

// Throw Error{call} that names the flag.
int number_from(const char* name, const std::string& value, long most);                    // from 1 on
std::vector<int64_t> numbers_from(const char* name, const std::string& value, long most);  // N,N,...
bool on_or_off(const char* name, const std::string& value);

}  // namespace graft::bench
