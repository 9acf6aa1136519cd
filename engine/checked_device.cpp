#include "engine/check.h"
#include "engine/device_factories.h"
#include "engine/guarded_memory.h"
#include "engine/host_device.h"

namespace graft {

namespace {

// An emulated device whose memory is watched: its kernels are run by the emulator's checked build.
class CheckedDevice : public HostDevice {
 public:
  explicit CheckedDevice(DeviceProperties properties) : HostDevice(std::move(properties)) {
    stream().guarded = &memory_;
  }
  void* allocate(size_t bytes) override { return memory_.allocate(bytes); }
  void release(void* memory) noexcept override { memory_.release(memory); }
  void copy_in(void* device, const void* host, size_t bytes, Stream& stream) override {
    HostDevice::copy_in(device, host, bytes, stream);
    memory_.note(GuardedMemory::Event::written, device, bytes);
  }
  void copy(void* to, const void* from, size_t bytes, Stream& stream) override {
    HostDevice::copy(to, from, bytes, stream);
    memory_.note(GuardedMemory::Event::written, to, bytes);
  }
  void fill(void* device, int byte, size_t bytes, Stream& stream) override {
    HostDevice::fill(device, byte, bytes, stream);
    memory_.note(GuardedMemory::Event::written, device, bytes);
  }

 private:
  GuardedMemory memory_;
};

}  // namespace

std::unique_ptr<Device> open_checked_device(DeviceProperties properties) {
  GRAFT_CHECK(GRAFT_CHECKED, device,
              "device 'checked': this build has none (built with GRAFT_CHECKED=OFF); use emulated");
  properties.separate_memory = true;  // whoever writes there does it by a copy, which is noted
  properties.threads = 1;  // blocks run one after the other: what is found does not depend on the day
  return std::make_unique<CheckedDevice>(std::move(properties));
}

}  // namespace graft
