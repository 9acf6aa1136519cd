#pragma once

#include <stdexcept>
#include <string>

namespace graft {

// What went wrong, for callers that must decide what to do next. The message is for people.
enum class ErrorCode {
  call,       // an argument or option was wrong
  file,       // a file could not be read or written
  format,     // a file's content is not what it must be
  version,    // a file is newer than this library
  shape,      // sizes do not fit together
  device,     // no such device, or it failed
  memory,     // out of memory
  cancelled,  // a callback asked to stop
};

class __attribute__((visibility("default"))) Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace graft
