#include "engine/cuda_check.h"
#include "engine/cuda_device.h"
#include "engine/device_factories.h"

namespace graft {

CudaStream::CudaStream(const DeviceProperties& device) : Stream(device) {
  GRAFT_CUDA_CHECK(cudaStreamCreateWithFlags(&handle_, cudaStreamNonBlocking));
}
CudaStream::~CudaStream() { cudaStreamDestroy(handle_); }
void CudaStream::synchronize() { GRAFT_CUDA_CHECK(cudaStreamSynchronize(handle_)); }

namespace {

class CudaDevice : public Device {
 public:
  explicit CudaDevice(int index) : index_(index) {
    const int count = cuda_device_count();
    GRAFT_CHECK(count > 0, device,
                "device 'cuda': no usable NVIDIA GPU or driver was found; use --device cpu");
    GRAFT_CHECK(index < count, device, "device 'cuda:", index, "': this machine has ", count, " GPU(s)");
    GRAFT_CUDA_CHECK(cudaSetDevice(index));
    cudaDeviceProp found;
    GRAFT_CUDA_CHECK(cudaGetDeviceProperties(&found, index));
    GRAFT_CHECK(found.major >= 8, device, "device 'cuda:", index, "' (", found.name,
                ") has compute capability ", found.major, ".", found.minor, "; 8.0 or newer is needed");
    properties_.kind = DeviceKind::cuda;
    properties_.name = text("cuda:", index);
    properties_.architecture = found.major * 10 + found.minor;
    properties_.shared_bytes_per_block = found.sharedMemPerBlockOptin;
    properties_.multiprocessors = found.multiProcessorCount;
    stream_ = std::make_unique<CudaStream>(properties_);
  }

  void* allocate(size_t bytes) override {
    void* memory = nullptr;
    GRAFT_CUDA_CHECK(cudaMalloc(&memory, bytes ? bytes : 1));
    return memory;
  }
  void release(void* memory) noexcept override { cudaFree(memory); }
  void copy_in(void* device, const void* host, size_t bytes, Stream& stream) override {
    GRAFT_CUDA_CHECK(cudaMemcpyAsync(device, host, bytes, cudaMemcpyHostToDevice, handle(stream)));
  }
  void copy_out(void* host, const void* device, size_t bytes, Stream& stream) override {
    GRAFT_CUDA_CHECK(cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, handle(stream)));
  }
  void fill(void* device, int byte, size_t bytes, Stream& stream) override {
    GRAFT_CUDA_CHECK(cudaMemsetAsync(device, byte, bytes, handle(stream)));
  }
  Stream& stream() override { return *stream_; }
  void call(const std::function<void()>& work) override {
    GRAFT_CUDA_CHECK(cudaSetDevice(index_));
    work();
  }

 private:
  static cudaStream_t handle(Stream& stream) { return static_cast<CudaStream&>(stream).handle(); }

  int index_;
  std::unique_ptr<CudaStream> stream_;
};

}  // namespace

std::unique_ptr<Device> open_cuda_device(int index) { return std::make_unique<CudaDevice>(index); }

int cuda_device_count() {
  int count = 0;
  return cudaGetDeviceCount(&count) == cudaSuccess ? count : 0;
}

}  // namespace graft
