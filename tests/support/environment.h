#pragma once

#include <cstdlib>
#include <string>

namespace graft::test {

// A variable of the environment, set while this lives: for a test's child processes and for what the library
// looks up when it is asked to.
class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    setenv(name, value.c_str(), 1);
  }
  ~Environment() {
    if (before_.empty())
      unsetenv(name_);
    else
      setenv(name_, before_.c_str(), 1);
  }
  Environment(const Environment&) = delete;

 private:
  const char* name_;
  std::string before_;
};

}  // namespace graft::test
