#pragma once

namespace graft {

enum ExitStatus : int { exit_done = 0, exit_failed = 1, exit_wrong_call = 2, exit_interrupted = 130 };

}  // namespace graft
