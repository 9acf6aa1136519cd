#pragma once

#include <cuda_runtime.h>

#include "engine/device.h"

namespace graft {

class CudaStream : public Stream {
 public:
  explicit CudaStream(const DeviceProperties& device);
  ~CudaStream() override;
  void synchronize() override;
  cudaStream_t handle() const { return handle_; }

 private:
  cudaStream_t handle_ = nullptr;
};

}  // namespace graft
