#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

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
  int threads = 1;                    // of the host that compute for this device
  int architecture = 0;               // 80 for sm_80; 0 where there is none
  size_t shared_bytes_per_block = 0;  // the most a block may ask for
  int multiprocessors = 0;
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

 private:
  const DeviceProperties& device_;
};

class Device {
 public:
  virtual ~Device() = default;

  const DeviceProperties& properties() const { return properties_; }

  // 256-byte aligned; never null for bytes > 0. Throws Error{memory}.
  virtual void* allocate(size_t bytes) = 0;
  virtual void release(void* memory) noexcept = 0;

  // Host memory must stay valid until the stream is synchronized.
  virtual void copy_in(void* device, const void* host, size_t bytes, Stream& stream) = 0;
  virtual void copy_out(void* host, const void* device, size_t bytes, Stream& stream) = 0;
  virtual void fill(void* device, int byte, size_t bytes, Stream& stream) = 0;

  virtual Stream& stream() = 0;

  // Runs `work` on the thread that computes for this device and waits; exceptions come back.
  // The thread settings of the caller are never touched.
  virtual void call(const std::function<void()>& work) = 0;

 protected:
  DeviceProperties properties_;
};

struct DeviceOptions {
  int threads = 0;  // 0: as many as the machine has
};

// "auto", "cpu", "float64", "cuda", "cuda:N", "emulated", "emulated:sm_NN", "checked", "checked:sm_NN".
std::unique_ptr<Device> open_device(std::string_view name, const DeviceOptions& options = {});

// Memory of a device, freed with its owner.
class Buffer {
 public:
  Buffer() = default;
  Buffer(Device& device, size_t bytes);
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;
  ~Buffer();

  std::byte* data() const { return data_; }
  size_t bytes() const { return bytes_; }

 private:
  Device* device_ = nullptr;
  std::byte* data_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace graft
