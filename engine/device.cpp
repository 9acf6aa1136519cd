#include "engine/device.h"

#include <charconv>
#include <thread>
#include <utility>

#include "engine/check.h"
#include "engine/device_factories.h"

namespace graft {

namespace {

constexpr std::string_view known =
    "use cpu, cuda, cuda:N, emulated, emulated:sm_NN, checked, checked:sm_NN or float64";

int parse_number(std::string_view digits, std::string_view device) {
  int number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  GRAFT_CHECK(error == std::errc() && end == digits.data() + digits.size() && number >= 0, call, "device '",
              device, "' is not known; ", known);
  return number;
}

// "sm_80", "80", "sm_90a"; sm_80 where nothing is said.
int parse_architecture(std::string_view detail, std::string_view device) {
  if (detail.empty()) return 80;
  if (detail.starts_with("sm_")) detail.remove_prefix(3);
  if (detail.ends_with('a')) detail.remove_suffix(1);
  return parse_number(detail, device);
}

int thread_count(int wanted) {
  GRAFT_CHECK(wanted >= 0 && wanted <= 1024, call, "threads is ", wanted, "; it must be 0 to 1024");
  return wanted > 0 ? wanted : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace

std::unique_ptr<Device> open_device(std::string_view name, const DeviceOptions& options) {
  const int threads = thread_count(options.threads);
  const std::string_view kind = name.substr(0, name.find(':'));
  const std::string_view detail = kind.size() < name.size() ? name.substr(kind.size() + 1) : "";
  if (name == "auto") return open_device(automatic_device().name, options);
  if (kind == "cuda")
    return open_cuda_device(cuda_api(), detail.empty() ? 0 : parse_number(detail, name), threads);
  if (kind == "emulated")
    return open_emulated_device(DeviceKind::emulated, parse_architecture(detail, name), threads);
  if (kind == "checked")
    return open_emulated_device(DeviceKind::checked, parse_architecture(detail, name), threads);
  if (name == "float64") return open_host_device(DeviceKind::float64, threads);
  GRAFT_CHECK(name == "cpu", call, "device '", name, "' is not known; ", known);
  return open_host_device(DeviceKind::cpu, threads);
}

AutomaticDevice automatic_device() {
  const std::string reason = refuse_cuda(cuda_api(), 0);
  return reason.empty() ? AutomaticDevice{"cuda:0", {}} : AutomaticDevice{"cpu", reason};
}

Buffer::Buffer(Device& device, size_t bytes, MemoryKind kind)
    : device_(&device),
      data_(static_cast<std::byte*>(kind == MemoryKind::pinned ? device.allocate_pinned(bytes)
                                                               : device.allocate(bytes))),
      bytes_(bytes),
      kind_(kind) {}

Buffer::Buffer(Buffer&& other) noexcept { *this = std::move(other); }

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  std::swap(device_, other.device_);
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  std::swap(kind_, other.kind_);
  return *this;
}

Buffer::~Buffer() {
  if (!data_) return;
  if (kind_ == MemoryKind::pinned)
    device_->release_pinned(data_);
  else
    device_->release(data_);
}

}  // namespace graft
