#include <algorithm>
#include <iostream>
#include <new>

#include "tools/command_line.h"
#include "tools/exit_status.h"

namespace graft {
namespace {

int complain(std::string message, int status) {
  std::replace(message.begin(), message.end(), '\n', ' ');
  std::cout.flush();
  std::cerr << "graft: " << message << '\n';
  return status;
}

int status_of(ErrorCode code) {
  if (code == ErrorCode::call) return exit_wrong_call;
  return code == ErrorCode::cancelled ? exit_interrupted : exit_failed;
}

int run_program(int argc, const char* const* argv) {
  try {
    std::string text;
    const std::optional<Command> command = parse_command_line(argc, argv, text);
    if (!command) std::cout << text;
    const int status = command ? std::visit([](const auto& c) { return run(c); }, *command) : exit_done;
    if (!std::cout.flush()) return complain("standard output: cannot be written", exit_failed);
    return status;
  } catch (const Error& error) {
    return complain(error.what(), status_of(error.code()));
  } catch (const std::bad_alloc&) {
    return complain("out of memory; a smaller --batch needs less", exit_failed);
  } catch (const std::exception& error) {
    return complain(error.what(), exit_failed);
  }
}

}  // namespace
}  // namespace graft

int main(int argc, char** argv) { return graft::run_program(argc, argv); }
