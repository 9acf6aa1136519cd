#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <typeindex>

namespace graft {

enum class DeviceKind : uint8_t {
  cpu,       // host memory; oneDNN computes
  cuda,      // our kernels on an NVIDIA GPU
  emulated,  // the same kernels, run by the host
  checked,   // the same, run under a race detector
  float64,   // host memory; plain loops in double: what every other device is compared with
};

struct DeviceProperties {
  DeviceKind kind = DeviceKind::cpu;
  std::string name;                   // "cpu", "cuda:0", "emulated:sm_80", "checked:sm_80", "float64"
  int threads = 1;                    // of the host: they compute, or feed the GPU that does
  int architecture = 0;               // 80 for sm_80; 0 where there is none
  size_t shared_bytes_per_block = 0;  // the most a block may ask for
  int multiprocessors = 0;
  // What a few images should find room in on their way from step to step; 0: the whole batch takes each step.
  size_t cache_bytes = 0;
  bool separate_memory = false;  // not the host's: copies pass through pinned memory and beside computation
};

// An ordered queue of work. Devices derive their own; kernels reach it through the RunContext.
class Stream {
 public:
  explicit Stream(const DeviceProperties& device) : device_(device) {}
  virtual ~Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual void synchronize() = 0;
  const DeviceProperties& device() const { return device_; }

  // Names what is given to the stream in between, for profilers.
  virtual void push_range(const char*) {}
  virtual void pop_range() {}

 private:
  const DeviceProperties& device_;
};

class StreamRange {
 public:
  StreamRange(Stream& stream, const char* name) : stream_(stream) { stream_.push_range(name); }
  ~StreamRange() { stream_.pop_range(); }
  StreamRange(const StreamRange&) = delete;

 private:
  Stream& stream_;
};

// A place in a stream's work.
class Event {
 public:
  virtual ~Event() = default;
  virtual void record(Stream& stream) = 0;
  virtual void hold(Stream& stream) = 0;  // what that stream is given later waits for the place
  virtual void synchronize() = 0;         // the caller waits for it; at once where nothing was recorded
  virtual double seconds_since(const Event& earlier) = 0;  // both synchronized
};

// A stream's work, recorded to be done again for the price of one launch.
class Recording {
 public:
  virtual ~Recording() = default;
  virtual void replay() = 0;
};

struct MemoryState {
  size_t free = 0, total = 0;  // bytes
};

class Device {
 public:
  virtual ~Device() = default;

  const DeviceProperties& properties() const { return properties_; }

  // What computes, and by which driver; empty where that has no speed of its own. Asked of the system each
  // time.
  virtual std::string hardware() const { return {}; }

  // 256-byte aligned; never null for bytes > 0. Throws Error{memory}.
  virtual void* allocate(size_t bytes) = 0;
  virtual void release(void* memory) noexcept = 0;

  // Host memory must stay valid until the stream is synchronized.
  virtual void copy_in(void* device, const void* host, size_t bytes, Stream& stream) = 0;
  virtual void copy_out(void* host, const void* device, size_t bytes, Stream& stream) = 0;
  virtual void copy(void* to, const void* from, size_t bytes, Stream& stream) = 0;  // both on the device
  virtual void fill(void* device, int byte, size_t bytes, Stream& stream) = 0;

  virtual Stream& stream() = 0;
  virtual Stream& copy_stream() = 0;  // for copies beside what stream() computes
  virtual std::unique_ptr<Event> make_event() = 0;

  // Host memory that copies reach without a detour through the system's.
  virtual void* allocate_pinned(size_t bytes) = 0;
  virtual void release_pinned(void* memory) noexcept = 0;

  // Nothing where it is not known.
  virtual std::optional<MemoryState> memory() { return std::nullopt; }

  // What `work` gives to stream(), and to others that wait for it and that it waits for; nothing of it runs.
  // Null on a device whose launches cost nothing: do the work each time.
  virtual std::unique_ptr<Recording> record(const std::function<void()>&) { return nullptr; }

  // What a library keeps once a device: made when first asked for, shared by those who hold it, and gone with
  // the last of them.
  template <class T, class Make>
  std::shared_ptr<T> shared(const Make& make) {
    std::weak_ptr<void>& place = shared_[std::type_index(typeid(T))];
    std::shared_ptr<T> held = std::static_pointer_cast<T>(place.lock());
    if (!held) place = held = make();
    return held;
  }

  // Runs `work` on the thread that computes for this device and waits; exceptions come back.
  // The thread settings of the caller are never touched.
  virtual void call(const std::function<void()>& work) = 0;

 protected:
  DeviceProperties properties_;

 private:
  std::map<std::type_index, std::weak_ptr<void>> shared_;
};

struct DeviceOptions {
  int threads = 0;  // 0: as many as the machine has
};

// "auto", "cpu", "float64", "cuda", "cuda:N", "emulated", "emulated:sm_NN", "checked", "checked:sm_NN".
std::unique_ptr<Device> open_device(std::string_view name, const DeviceOptions& options = {});

// What "auto" means on this machine: cuda where a usable GPU is, else cpu.
struct AutomaticDevice {
  std::string name;
  std::string why_not_cuda;  // empty where it is
};
AutomaticDevice automatic_device();

enum class MemoryKind : uint8_t { device, pinned };

// Memory of a device, or pinned for it, freed with its owner.
class Buffer {
 public:
  Buffer() = default;
  Buffer(Device& device, size_t bytes, MemoryKind kind = MemoryKind::device);
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;
  ~Buffer();

  std::byte* data() const { return data_; }
  size_t bytes() const { return bytes_; }

 private:
  Device* device_ = nullptr;
  std::byte* data_ = nullptr;
  size_t bytes_ = 0;
  MemoryKind kind_ = MemoryKind::device;
};

}  // namespace graft
