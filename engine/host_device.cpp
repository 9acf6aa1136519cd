#include "engine/host_device.h"

#include <omp.h>
#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <utility>

#include "engine/check.h"
#include "engine/device_factories.h"
#include "engine/signals_blocked.h"

namespace graft {

namespace {

// Numbers below 1.2e-38 become zero in this thread and those it starts: gradients that fade, as momentum's
// do, would make each operation a hundred times slower.
void flush_denormals() {
#if defined(__SSE2__)
  constexpr unsigned flush_results = 0x8000, flush_operands = 0x0040;  // of MXCSR
  __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | flush_results | flush_operands);
#endif
}

// As Linux names it.
std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (const size_t colon = line.find(": "); line.starts_with("model name") && colon != std::string::npos)
      return line.substr(colon + 2);
  return "a processor without a name";
}

// What was measured is in layers/README.md.
constexpr size_t cache_bytes_a_thread = size_t{8} << 20;

}  // namespace

HostDevice::HostDevice(DeviceProperties properties) {
  properties_ = std::move(properties);
  const SignalsBlocked blocked;
  thread_ = std::thread([this] { serve(); });
}

HostDevice::~HostDevice() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

std::string HostDevice::hardware() const {
  if (properties_.kind != DeviceKind::cpu) return {};
  return text(processor_name(), ", ", properties_.threads, " threads");
}

// Large memory straight from the system, to which it goes back at once: the C library would keep tens of MiB
// of what loading weights gave back, between buffers that stay.
void* HostDevice::allocate(size_t bytes) {
  constexpr size_t alignment = 256, large = size_t{64} << 10;
  if (bytes >= large) return map(bytes);
  const size_t rounded = (bytes + alignment - 1) / alignment * alignment;
  void* memory = std::aligned_alloc(alignment, std::max(rounded, alignment));
  GRAFT_CHECK(memory != nullptr, memory, "out of memory: ", bytes, " bytes were needed");
  return memory;
}

// In pages of 2 MiB where the system has them: what streams through memory is up to a fifth faster.
void* HostDevice::map(size_t bytes) {
  constexpr size_t page = size_t{2} << 20;
  const size_t mapped = bytes + (bytes >= page ? page : 0);
  void* begin = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  GRAFT_CHECK(begin != MAP_FAILED, memory, "out of memory: ", bytes, " bytes were needed");
  void* memory = begin;
  if (bytes >= page) {
    memory = static_cast<std::byte*>(begin) + (page - reinterpret_cast<uintptr_t>(begin) % page) % page;
    madvise(memory, bytes, MADV_HUGEPAGE);  // where it is refused, pages are smaller
  }
  std::lock_guard lock(mapped_mutex_);
  mapped_[memory] = {begin, mapped};
  return memory;
}

void HostDevice::release(void* memory) noexcept {
  std::lock_guard lock(mapped_mutex_);
  const auto found = mapped_.find(memory);
  if (found == mapped_.end()) return std::free(memory);
  munmap(found->second.begin, found->second.bytes);
  mapped_.erase(found);
}

void HostDevice::copy_in(void* device, const void* host, size_t bytes, Stream&) {
  std::memcpy(device, host, bytes);
}
void HostDevice::copy_out(void* host, const void* device, size_t bytes, Stream&) {
  std::memcpy(host, device, bytes);
}
void HostDevice::copy(void* to, const void* from, size_t bytes, Stream&) { std::memcpy(to, from, bytes); }
void HostDevice::fill(void* device, int byte, size_t bytes, Stream&) { std::memset(device, byte, bytes); }

void HostDevice::call(const std::function<void()>& work) {
  if (std::this_thread::get_id() == thread_.get_id()) return work();
  std::lock_guard alone(one_caller_);
  std::unique_lock lock(mutex_);
  work_ = &work;
  changed_.notify_all();
  changed_.wait(lock, [this] { return work_ == nullptr; });
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void HostDevice::serve() {
  omp_set_num_threads(properties_.threads);
  if (properties_.kind == DeviceKind::cpu) flush_denormals();
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stop_ || work_ != nullptr; });
    if (stop_) return;
    try {
      (*work_)();
    } catch (...) {
      failure_ = std::current_exception();
    }
    work_ = nullptr;
    changed_.notify_all();
  }
}

std::unique_ptr<Device> open_host_device(DeviceKind kind, int threads) {
  DeviceProperties properties;
  properties.kind = kind;
  properties.name = kind == DeviceKind::cpu ? "cpu" : "float64";
  properties.threads = threads;
  if (kind == DeviceKind::cpu) properties.cache_bytes = static_cast<size_t>(threads) * cache_bytes_a_thread;
  return std::make_unique<HostDevice>(std::move(properties));
}

std::unique_ptr<Device> open_emulated_device(DeviceKind kind, int architecture, int threads) {
  // Figures of the CUDA C++ Programming Guide's table of compute capabilities.
  struct Limits {
    int architecture, shared_kib, multiprocessors;
  };
  constexpr Limits known[] = {{80, 163, 108}, {86, 99, 84}, {89, 99, 128}, {90, 227, 132}};
  for (const Limits& limits : known) {
    if (limits.architecture != architecture) continue;
    DeviceProperties properties;
    properties.kind = kind;
    properties.name = text(kind == DeviceKind::checked ? "checked:sm_" : "emulated:sm_", architecture);
    properties.threads = threads;
    properties.architecture = architecture;
    properties.shared_bytes_per_block = static_cast<size_t>(limits.shared_kib) * 1024;
    properties.multiprocessors = limits.multiprocessors;
    if (kind == DeviceKind::checked) return open_checked_device(std::move(properties));
    return std::make_unique<HostDevice>(std::move(properties));
  }
  fail(ErrorCode::device, "architecture sm_", architecture,
       " cannot be emulated; use sm_80, sm_86, sm_89 or sm_90");
}

}  // namespace graft
