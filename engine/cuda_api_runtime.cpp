#include <cuda_runtime.h>
#if GRAFT_NVTX
#include <nvtx3/nvToolsExt.h>
#endif

#include "engine/cuda_api.h"

namespace graft {

namespace {

static_assert(static_cast<int>(CudaStatus::done) == cudaSuccess);
static_assert(static_cast<int>(CudaStatus::out_of_memory) == cudaErrorMemoryAllocation);
static_assert(static_cast<int>(CudaStatus::old_driver) == cudaErrorInsufficientDriver);
static_assert(static_cast<int>(CudaStatus::no_device) == cudaErrorNoDevice);

// The runtime also remembers a failed call; whoever asks cudaGetLastError next must not find ours.
CudaStatus checked(cudaError_t error) {
  if (error != cudaSuccess) cudaGetLastError();
  return static_cast<CudaStatus>(error);
}

dim3 size_of(const unsigned (&size)[3]) { return {size[0], size[1], size[2]}; }

class RuntimeApi final : public CudaApi {
 public:
  int runtime_version() override { return CUDART_VERSION; }
  int driver_version() override {
    int version = 0;
    return checked(cudaDriverGetVersion(&version)) == CudaStatus::done ? version : 0;
  }
  std::string describe(CudaStatus status) override {
    return cudaGetErrorString(static_cast<cudaError_t>(status));
  }

  CudaStatus device_count(int& count) override { return checked(cudaGetDeviceCount(&count)); }
  CudaStatus properties(int device, CudaProperties& found) override {
    cudaDeviceProp p;
    const CudaStatus status = checked(cudaGetDeviceProperties(&p, device));
    if (status == CudaStatus::done)
      found = {p.name, p.major, p.minor, p.sharedMemPerBlockOptin, p.multiProcessorCount};
    return status;
  }
  // Asked for before most calls, also while recording: not more than a question where it is so already.
  CudaStatus set_device(int device) override {
    int current = -1;
    if (cudaGetDevice(&current) == cudaSuccess && current == device) return CudaStatus::done;
    return checked(cudaSetDevice(device));
  }
  CudaStatus memory(size_t& free, size_t& total) override { return checked(cudaMemGetInfo(&free, &total)); }

  CudaStatus allocate(void*& memory, size_t bytes) override { return checked(cudaMalloc(&memory, bytes)); }
  CudaStatus release(void* memory) override { return checked(cudaFree(memory)); }
  CudaStatus allocate_pinned(void*& memory, size_t bytes) override {
    return checked(cudaHostAlloc(&memory, bytes, cudaHostAllocDefault));
  }
  CudaStatus release_pinned(void* memory) override { return checked(cudaFreeHost(memory)); }

  // Non-blocking: none of ours waits for the legacy stream of other code in the process.
  CudaStatus create(CUstream_st*& stream) override {
    return checked(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
  }
  CudaStatus destroy(CUstream_st* stream) override { return checked(cudaStreamDestroy(stream)); }
  CudaStatus synchronize(CUstream_st* stream) override { return checked(cudaStreamSynchronize(stream)); }
  CudaStatus create(CUevent_st*& event) override { return checked(cudaEventCreate(&event)); }
  CudaStatus destroy(CUevent_st* event) override { return checked(cudaEventDestroy(event)); }
  CudaStatus synchronize(CUevent_st* event) override { return checked(cudaEventSynchronize(event)); }
  CudaStatus record(CUevent_st* event, CUstream_st* stream) override {
    return checked(cudaEventRecord(event, stream));
  }
  CudaStatus wait(CUstream_st* stream, CUevent_st* event) override {
    return checked(cudaStreamWaitEvent(stream, event, 0));
  }
  CudaStatus milliseconds(float& elapsed, CUevent_st* begin, CUevent_st* end) override {
    return checked(cudaEventElapsedTime(&elapsed, begin, end));
  }

  CudaStatus copy(void* to, const void* from, size_t bytes, CopyDirection direction,
                  CUstream_st* stream) override {
    const cudaMemcpyKind kind = direction == CopyDirection::to_device ? cudaMemcpyHostToDevice
                                : direction == CopyDirection::to_host ? cudaMemcpyDeviceToHost
                                                                      : cudaMemcpyDeviceToDevice;
    return checked(cudaMemcpyAsync(to, from, bytes, kind, stream));
  }
  CudaStatus fill(void* memory, int byte, size_t bytes, CUstream_st* stream) override {
    return checked(cudaMemsetAsync(memory, byte, bytes, stream));
  }
  CudaStatus allow_shared_memory(const void* kernel, size_t bytes) override {
    return checked(
        cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(bytes)));
  }
  CudaStatus launch(const CudaLaunch& l, CUstream_st* stream) override {
    return checked(
        cudaLaunchKernel(l.kernel, size_of(l.grid), size_of(l.block), l.arguments, l.shared_bytes, stream));
  }

  // Thread-local: what other threads do with their own streams is none of this capture's business.
  CudaStatus begin_capture(CUstream_st* stream) override {
    return checked(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
  }
  CudaStatus end_capture(CUstream_st* stream, CUgraphExec_st*& graph) override {
    graph = nullptr;
    cudaGraph_t captured = nullptr;
    CudaStatus status = checked(cudaStreamEndCapture(stream, &captured));
    if (status == CudaStatus::done) status = checked(cudaGraphInstantiate(&graph, captured, 0));
    if (captured) cudaGraphDestroy(captured);
    return status;
  }
  CudaStatus launch(CUgraphExec_st* graph, CUstream_st* stream) override {
    return checked(cudaGraphLaunch(graph, stream));
  }
  CudaStatus destroy(CUgraphExec_st* graph) override { return checked(cudaGraphExecDestroy(graph)); }

#if GRAFT_NVTX
  void push_range(const char* name) override { nvtxRangePushA(name); }
  void pop_range() override { nvtxRangePop(); }
#else
  void push_range(const char*) override {}
  void pop_range() override {}
#endif
};

}  // namespace

CudaApi* cuda_api() {
  static RuntimeApi api;
  return &api;
}

}  // namespace graft
