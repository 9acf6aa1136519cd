#include "transfer/cost/nvml_counter.h"

#include "engine/check.h"
#include "kernels/shared_library.h"

namespace graft {

namespace {

constexpr double joules_per_millijoule = 1e-3;

// Volta and newer count; before, the call is refused.
bool read(const NvmlApi& api, void* gpu, unsigned long long& millijoules) {
  return api.energy(gpu, &millijoules) == 0;
}

class NvmlCounter final : public EnergyCounter {
 public:
  NvmlCounter(const NvmlApi& api, void* gpu, unsigned long long first)
      : api_(api), gpu_(gpu), first_(first) {}
  ~NvmlCounter() override { api_.shut_down(); }

  double joules() override {
    unsigned long long now = 0;
    GRAFT_CHECK(read(api_, gpu_, now), device, "NVML no longer reads the GPU's energy");
    return static_cast<double>(now - first_) * joules_per_millijoule;
  }

 private:
  NvmlApi api_;
  void* gpu_;
  unsigned long long first_;
};

}  // namespace

FoundCounter nvml_counter(const NvmlApi& api) {
  if (api.initialise() != 0) return {nullptr, "NVML does not start"};
  const auto refuse = [&](const std::string& why) {
    api.shut_down();
    return FoundCounter{nullptr, why};
  };
  unsigned count = 0;
  if (api.device_count(&count) != 0) return refuse("NVML does not count the GPUs");
  if (count != 1) return refuse(text("NVML sees ", count, " GPUs and cannot tell which one computes"));
  void* gpu = nullptr;
  unsigned long long first = 0;
  if (api.device(0, &gpu) != 0 || !read(api, gpu, first)) return refuse("the GPU does not count its energy");
  return {std::make_unique<NvmlCounter>(api, gpu, first), {}};
}

const NvmlApi* nvml(std::string& why_not) {
  static SharedLibrary library("libnvidia-ml.so.1");
  static NvmlApi api;
  static const bool found = library.find("nvmlInit_v2", api.initialise) &&
                            library.find("nvmlShutdown", api.shut_down) &&
                            library.find("nvmlDeviceGetCount_v2", api.device_count) &&
                            library.find("nvmlDeviceGetHandleByIndex_v2", api.device) &&
                            library.find("nvmlDeviceGetTotalEnergyConsumption", api.energy);
  why_not = library.why_not();
  return found ? &api : nullptr;
}

FoundCounter nvml_counter() {
  std::string why_not;
  const NvmlApi* api = nvml(why_not);
  return api ? nvml_counter(*api) : FoundCounter{nullptr, why_not};
}

}  // namespace graft
