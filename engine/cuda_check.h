#pragma once

#include <cuda_runtime.h>

#include "engine/check.h"

// Checks a CUDA runtime call; the error names the call and what CUDA says.
#define GRAFT_CUDA_CHECK(call)                                    \
  do {                                                            \
    const cudaError_t status = (call);                            \
    if (status != cudaSuccess) ::graft::fail_cuda(status, #call); \
  } while (0)

namespace graft {

[[noreturn]] inline void fail_cuda(cudaError_t status, const char* call) {
  const ErrorCode code = status == cudaErrorMemoryAllocation ? ErrorCode::memory : ErrorCode::device;
  fail(code, "CUDA: ", cudaGetErrorString(status), " (", call, ")");
}

}  // namespace graft
