#include "engine/cuda_device.h"

#include <algorithm>

#include "engine/bytes_text.h"
#include "engine/check.h"
#include "engine/device_factories.h"

namespace graft {

CudaApi& Cuda::use() const {
  check(api.set_device(index), "choosing the device");
  return api;
}

void Cuda::check(CudaStatus status, const char* doing) const {
  if (status == CudaStatus::done) return;
  // From 700 on (and for memory errors that hardware found) the runtime's numbers are of failures in a
  // kernel: every later call of the process gets the same answer.
  const int number = static_cast<int>(status);
  const bool lost = (number >= 700 && number < 720) || number == 214 || number == 220;
  fail(status == CudaStatus::out_of_memory ? ErrorCode::memory : ErrorCode::device, "cuda:", index, ": ",
       doing, lost ? " found that a kernel had failed: " : " failed: ", api.describe(status), " (CUDA error ",
       number, lost ? "); this process cannot use the GPU any more" : ")");
}

CudaStream::CudaStream(const Cuda& cuda, const DeviceProperties& device)
    : Stream(device), cuda_(cuda), handle_(cuda) {
  cuda_.check(cuda_.use().create(handle_.get()), "making a stream");
}

// What is still under way may read memory that goes next.
CudaStream::~CudaStream() { cuda_.api.synchronize(handle()); }

void CudaStream::synchronize() { cuda_.check(cuda_.api.synchronize(handle()), "waiting for its work"); }

// Asked for once a kernel, and for the device's limit, so that neither another plan's launch nor a recording
// meets a smaller one.
void CudaStream::allow_shared_memory(const CudaLaunch& launch) {
  constexpr size_t always_allowed = 48 * 1024;
  if (launch.shared_bytes <= always_allowed || std::ranges::count(allowed_, launch.kernel)) return;
  const size_t most = device().shared_bytes_per_block;
  GRAFT_CHECK(launch.shared_bytes <= most, device, "kernel ", launch.name, " needs ", launch.shared_bytes,
              " bytes of shared memory; ", device().name, " has ", most);
  cuda_.check(cuda_.api.allow_shared_memory(launch.kernel, most), launch.name);
  allowed_.push_back(launch.kernel);
}

void CudaStream::launch(const CudaLaunch& launch) {
  allow_shared_memory(launch);
  const StreamRange range(*this, launch.name);
  cuda_.check(cuda_.api.launch(launch, handle()), launch.name);
}

namespace {

CUstream_st* handle_of(const Stream& stream) { return static_cast<const CudaStream&>(stream).handle(); }

class CudaEvent final : public Event {
 public:
  explicit CudaEvent(const Cuda& cuda) : cuda_(cuda), handle_(cuda) {
    cuda_.check(cuda_.use().create(handle_.get()), "making an event");
  }
  void record(Stream& stream) override {
    cuda_.check(cuda_.use().record(handle_.get(), handle_of(stream)), "recording an event");
  }
  void hold(Stream& stream) override {
    cuda_.check(cuda_.use().wait(handle_of(stream), handle_.get()), "waiting for an event");
  }
  void synchronize() override { cuda_.check(cuda_.api.synchronize(handle_.get()), "waiting for its work"); }
  double seconds_since(const Event& earlier) override {
    float milliseconds = 0;
    cuda_.check(cuda_.api.milliseconds(milliseconds, static_cast<const CudaEvent&>(earlier).handle_.get(),
                                       handle_.get()),
                "timing");
    return 1e-3 * milliseconds;
  }

 private:
  const Cuda& cuda_;
  CudaHandle<CUevent_st> handle_;
};

class CudaRecording final : public Recording {
 public:
  CudaRecording(const Cuda& cuda, CudaStream& stream, const std::function<void()>& work)
      : cuda_(cuda), stream_(stream), graph_(cuda) {
    cuda_.check(cuda_.use().begin_capture(stream.handle()), "beginning to record");
    try {
      work();
    } catch (...) {
      cuda_.api.end_capture(stream.handle(), graph_.get());
      throw;
    }
    cuda_.check(cuda_.api.end_capture(stream.handle(), graph_.get()), "recording a plan's steps");
  }
  ~CudaRecording() override { cuda_.api.synchronize(stream_.handle()); }
  void replay() override {
    cuda_.check(cuda_.use().launch(graph_.get(), stream_.handle()), "starting a recorded plan");
  }

 private:
  const Cuda& cuda_;
  CudaStream& stream_;
  CudaHandle<CUgraphExec_st> graph_;
};

class CudaDevice final : public Device {
 public:
  CudaDevice(CudaApi& api, int index, int threads) : cuda_(api, index) {
    CudaProperties found;
    cuda_.check(api.properties(index, found), "asking for its properties");
    properties_.kind = DeviceKind::cuda;
    properties_.name = text("cuda:", index);
    properties_.threads = threads;
    properties_.architecture = found.major * 10 + found.minor;
    properties_.shared_bytes_per_block = found.shared_bytes_per_block;
    properties_.multiprocessors = found.multiprocessors;
    properties_.separate_memory = true;
    stream_ = std::make_unique<CudaStream>(cuda_, properties_);
    copy_stream_ = std::make_unique<CudaStream>(cuda_, properties_);
  }

  std::string hardware() const override {
    CudaProperties found;
    cuda_.check(cuda_.api.properties(cuda_.index, found), "asking for its properties");
    return text(found.name, ", CUDA driver ", cuda_.api.driver_version());
  }

  void* allocate(size_t bytes) override {
    void* memory = nullptr;
    const CudaStatus status = cuda_.use().allocate(memory, bytes ? bytes : 1);
    if (status == CudaStatus::out_of_memory) fail_for_memory(bytes);
    cuda_.check(status, "allocating memory");
    return memory;
  }
  void release(void* memory) noexcept override {
    cuda_.api.set_device(cuda_.index);
    cuda_.api.release(memory);
  }
  void* allocate_pinned(size_t bytes) override {
    void* memory = nullptr;
    const CudaStatus status = cuda_.use().allocate_pinned(memory, bytes ? bytes : 1);
    GRAFT_CHECK(status != CudaStatus::out_of_memory, memory, "out of memory: ", bytes_text(bytes),
                " of the host's were needed, pinned for ", properties_.name);
    cuda_.check(status, "allocating pinned memory");
    return memory;
  }
  void release_pinned(void* memory) noexcept override {
    cuda_.api.set_device(cuda_.index);
    cuda_.api.release_pinned(memory);
  }
  std::optional<MemoryState> memory() override {
    MemoryState state;
    cuda_.check(cuda_.use().memory(state.free, state.total), "asking for free memory");
    return state;
  }

  void copy_in(void* device, const void* host, size_t bytes, Stream& stream) override {
    copy(device, host, bytes, CopyDirection::to_device, stream);
  }
  void copy_out(void* host, const void* device, size_t bytes, Stream& stream) override {
    copy(host, device, bytes, CopyDirection::to_host, stream);
  }
  void copy(void* to, const void* from, size_t bytes, Stream& stream) override {
    copy(to, from, bytes, CopyDirection::on_device, stream);
  }
  void fill(void* device, int byte, size_t bytes, Stream& stream) override {
    cuda_.check(cuda_.use().fill(device, byte, bytes, handle_of(stream)), "filling memory");
  }

  Stream& stream() override { return *stream_; }
  Stream& copy_stream() override { return *copy_stream_; }
  std::unique_ptr<Event> make_event() override { return std::make_unique<CudaEvent>(cuda_); }
  std::unique_ptr<Recording> record(const std::function<void()>& work) override {
    return std::make_unique<CudaRecording>(cuda_, *stream_, work);
  }
  void call(const std::function<void()>& work) override {
    cuda_.use();
    work();
  }

 private:
  void copy(void* to, const void* from, size_t bytes, CopyDirection direction, Stream& stream) {
    cuda_.check(cuda_.use().copy(to, from, bytes, direction, handle_of(stream)), "copying");
  }
  [[noreturn]] void fail_for_memory(size_t bytes) {
    const MemoryState state = *memory();
    fail(ErrorCode::memory, "out of memory: ", bytes_text(bytes), " were needed, ", bytes_text(state.free),
         " of ", bytes_text(state.total), " are free on ", properties_.name);
  }

  const Cuda cuda_;
  std::unique_ptr<CudaStream> stream_, copy_stream_;
};

std::string version_text(int version) { return text(version / 1000, '.', version % 1000 / 10); }

}  // namespace

std::string refuse_cuda(CudaApi* api, int index) {
  if (!api) return "this build has no CUDA (built with GRAFT_CUDA=OFF)";
  const int driver = api->driver_version();
  if (driver == 0) return "this machine has no NVIDIA driver";
  int count = 0;
  const CudaStatus status = api->device_count(count);
  if (status == CudaStatus::old_driver)
    return text("the NVIDIA driver is too old: it serves CUDA ", version_text(driver), ", this build needs ",
                version_text(api->runtime_version()));
  if (status == CudaStatus::no_device || (status == CudaStatus::done && count == 0))
    return "the NVIDIA driver sees no GPU (CUDA_VISIBLE_DEVICES can hide it)";
  if (status != CudaStatus::done) return text("the NVIDIA driver says: ", api->describe(status));
  if (index >= count)
    return text("this machine has ", count, count == 1 ? " GPU" : " GPUs", ", counted from 0");
  CudaProperties found;
  if (const CudaStatus told = api->properties(index, found); told != CudaStatus::done)
    return api->describe(told);
  if (found.major < 8)
    return text(found.name, " has compute capability ", found.major, '.', found.minor, "; 8.0 is needed");
  return {};
}

std::unique_ptr<Device> open_cuda_device(CudaApi* api, int index, int threads) {
  const std::string reason = refuse_cuda(api, index);
  GRAFT_CHECK(reason.empty(), device, "device 'cuda:", index, "': ", reason, "; use --device cpu");
  return std::make_unique<CudaDevice>(*api, index, threads);
}

}  // namespace graft
