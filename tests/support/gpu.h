#pragma once

#include "engine/device.h"

namespace graft::test {

// For doctest::skip(): a test of the GPU is counted as skipped where there is none. The test case "cuda
// device: auto is cuda or says why not" tells the reason.
inline bool no_gpu() { return !automatic_device().why_not_cuda.empty(); }

}  // namespace graft::test
