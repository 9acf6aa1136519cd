#pragma once

#include <string>

#include "engine/dtype.h"

namespace graft::bench {

// One pass of an op on one shape, as the command line asks for it.
struct OpCommand {
  std::string op, pass = "forward", shape;
  std::string method;  // empty: every entry of the device's list that takes the shape
  std::string device = "cpu", gpu;
  Math precision = Math::fp32;
  int threads = 2;
  int launches = 0;  // timed; 0: as many as fit into two seconds, at least 3 and at most 20
  bool whole =
      false;  // on an emulated device: the whole shape is computed and counted, however long that takes
  bool json = false;
};

// Prints to standard output. Throws Error{call} where the command is wrong.
void run_op(const OpCommand& command);

}  // namespace graft::bench
