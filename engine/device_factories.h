#pragma once

#include <memory>
#include <string>

#include "engine/cuda_api.h"
#include "engine/device.h"

namespace graft {

std::unique_ptr<Device> open_host_device(DeviceKind kind, int threads);
std::unique_ptr<Device> open_emulated_device(DeviceKind kind, int architecture, int threads);
std::unique_ptr<Device> open_checked_device(DeviceProperties properties);

// `api` may be null: a build without CUDA. `threads` are the host's, for all that is not done on the GPU.
std::unique_ptr<Device> open_cuda_device(CudaApi* api, int index, int threads = 1);
// Empty, or why that GPU cannot be used.
std::string refuse_cuda(CudaApi* api, int index);

}  // namespace graft
