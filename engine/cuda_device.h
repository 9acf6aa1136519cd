#pragma once

#include <vector>

#include "engine/cuda_api.h"
#include "engine/device.h"

namespace graft {

// The calls of one GPU. CUDA keeps the current device by thread, and any thread may call.
class Cuda {
 public:
  Cuda(CudaApi& api, int index) : api(api), index(index) {}

  CudaApi& use() const;  // for this device from now on
  // Error{memory} or Error{device} that says what failed, while doing what, and whether the device is lost.
  void check(CudaStatus status, const char* doing) const;

  CudaApi& api;
  const int index;
};

// A stream, event or graph, destroyed with its owner; that never throws, as what fails then is of a device
// that is lost, which the next call says.
template <class T>
class CudaHandle {
 public:
  explicit CudaHandle(const Cuda& cuda) : cuda_(cuda) {}
  ~CudaHandle() {
    if (handle_) cuda_.api.destroy(handle_);
  }
  CudaHandle(const CudaHandle&) = delete;
  CudaHandle& operator=(const CudaHandle&) = delete;
  T*& get() { return handle_; }
  T* get() const { return handle_; }

 private:
  const Cuda& cuda_;
  T* handle_ = nullptr;
};

class CudaStream : public Stream {
 public:
  CudaStream(const Cuda& cuda, const DeviceProperties& device);
  ~CudaStream() override;
  void synchronize() override;
  void push_range(const char* name) override { cuda_.api.push_range(name); }
  void pop_range() override { cuda_.api.pop_range(); }

  void launch(const CudaLaunch& launch);
  CUstream_st* handle() const { return handle_.get(); }

 private:
  void allow_shared_memory(const CudaLaunch& launch);

  const Cuda& cuda_;
  CudaHandle<CUstream_st> handle_;
  std::vector<const void*> allowed_;  // kernels that may have all the shared memory there is
};

}  // namespace graft
