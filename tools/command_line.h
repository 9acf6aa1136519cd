#pragma once

#include <optional>
#include <string>

#include "tools/commands.h"

namespace graft {

// Error{call}, in one line, for anything that is unknown, missing, given twice or out of range. Nothing where
// help or the version was asked for: then `text` is what to print.
std::optional<Command> parse_command_line(int argc, const char* const* argv, std::string& text);

}  // namespace graft
