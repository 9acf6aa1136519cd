#pragma once

#include <cstddef>
#include <string>

// The CUDA runtime's own types, so that nobody above needs its headers.
struct CUstream_st;
struct CUevent_st;
struct CUgraphExec_st;

namespace graft {

// The runtime's numbers, where somebody decides by them.
enum class CudaStatus : int { done = 0, out_of_memory = 2, old_driver = 35, no_device = 100 };

enum class CopyDirection { to_device, to_host, on_device };

struct CudaProperties {
  std::string name;
  int major = 0, minor = 0;  // compute capability
  size_t shared_bytes_per_block = 0;
  int multiprocessors = 0;
};

// A kernel with its arguments: what cudaLaunchKernel takes.
struct CudaLaunch {
  const char* name = nullptr;
  const void* kernel = nullptr;
  unsigned grid[3] = {}, block[3] = {};
  size_t shared_bytes = 0;
  void** arguments = nullptr;
};

// All that graft uses of the CUDA runtime, call by call. Tests put their own in its place, to see in which
// order the device calls it and what becomes of a call that fails; they never take it for a GPU.
class CudaApi {
 public:
  virtual int runtime_version() = 0;  // 13000 is 13.0
  virtual int driver_version() = 0;   // the newest runtime that the driver serves; 0: there is no driver
  virtual std::string describe(CudaStatus status) = 0;

  virtual CudaStatus device_count(int& count) = 0;
  virtual CudaStatus properties(int device, CudaProperties& found) = 0;
  virtual CudaStatus set_device(int device) = 0;  // of the calling thread
  virtual CudaStatus memory(size_t& free, size_t& total) = 0;

  virtual CudaStatus allocate(void*& memory, size_t bytes) = 0;
  virtual CudaStatus release(void* memory) = 0;
  virtual CudaStatus allocate_pinned(void*& memory, size_t bytes) = 0;
  virtual CudaStatus release_pinned(void* memory) = 0;

  virtual CudaStatus create(CUstream_st*& stream) = 0;
  virtual CudaStatus destroy(CUstream_st* stream) = 0;
  virtual CudaStatus synchronize(CUstream_st* stream) = 0;
  virtual CudaStatus create(CUevent_st*& event) = 0;
  virtual CudaStatus destroy(CUevent_st* event) = 0;
  virtual CudaStatus synchronize(CUevent_st* event) = 0;
  virtual CudaStatus record(CUevent_st* event, CUstream_st* stream) = 0;
  virtual CudaStatus wait(CUstream_st* stream, CUevent_st* event) = 0;
  virtual CudaStatus milliseconds(float& elapsed, CUevent_st* begin, CUevent_st* end) = 0;

  virtual CudaStatus copy(void* to, const void* from, size_t bytes, CopyDirection, CUstream_st* stream) = 0;
  virtual CudaStatus fill(void* memory, int byte, size_t bytes, CUstream_st* stream) = 0;
  virtual CudaStatus allow_shared_memory(const void* kernel, size_t bytes) = 0;
  virtual CudaStatus launch(const CudaLaunch& launch, CUstream_st* stream) = 0;

  virtual CudaStatus begin_capture(CUstream_st* stream) = 0;
  // Also after a failure between the two: the stream is then as it was, and `graph` null.
  virtual CudaStatus end_capture(CUstream_st* stream, CUgraphExec_st*& graph) = 0;
  virtual CudaStatus launch(CUgraphExec_st* graph, CUstream_st* stream) = 0;
  virtual CudaStatus destroy(CUgraphExec_st* graph) = 0;

  // Names for profilers.
  virtual void push_range(const char* name) = 0;
  virtual void pop_range() = 0;

 protected:
  ~CudaApi() = default;  // outlives every device
};

// Null in a build without CUDA.
CudaApi* cuda_api();

}  // namespace graft
