#include "transfer/cost/energy.h"

#include <doctest/doctest.h>

#include "engine/check.h"
#include "support/picture_files.h"
#include "transfer/cost/nvml_counter.h"
#include "transfer/cost/rapl_counter.h"

namespace graft {
namespace {

// A machine's counters as Linux lists them, at a root of their own.
class Counters {
 public:
  void domain(const std::string& name, const std::string& kind, const std::string& microjoules,
              uint64_t most = 1000000) {
    folder_.write(file(name, "name"), kind + "\n");
    folder_.write(file(name, "max_energy_range_uj"), std::to_string(most) + "\n");
    set(name, microjoules);
  }
  void set(const std::string& name, const std::string& microjoules) {
    folder_.write(file(name, "energy_uj"), microjoules + "\n");
  }
  void remove(const std::string& name) { std::filesystem::remove(folder_.path() / file(name, "energy_uj")); }
  FoundCounter find() const { return rapl_counter(folder_.path()); }

 private:
  static std::string file(const std::string& domain, const char* what) {
    return "sys/class/powercap/" + domain + "/" + what;
  }
  test::TemporaryFolder folder_;
};

TEST_CASE("energy: the packages' counters are added, and nothing is counted twice") {
  Counters machine;
  machine.domain("intel-rapl:0", "package-0", "100");
  machine.domain("intel-rapl:1", "package-1", "5000");
  machine.domain("intel-rapl:0:0", "core", "50");
  machine.domain("intel-rapl:2", "psys", "9000");
  const FoundCounter found = machine.find();
  REQUIRE(found.counter);
  CHECK(found.why_not.empty());
  CHECK(found.counter->joules() == 0);
  machine.set("intel-rapl:0", "400");
  machine.set("intel-rapl:1", "5200");
  machine.set("intel-rapl:0:0", "10000");
  machine.set("intel-rapl:2", "20000");
  CHECK(found.counter->joules() == doctest::Approx(500e-6));
  CHECK(found.counter->joules() == doctest::Approx(500e-6));
}

TEST_CASE("energy: a counter that runs over goes on from 0, as often as it likes") {
  Counters machine;
  machine.domain("intel-rapl:0", "package-0", "900000");
  const FoundCounter found = machine.find();
  REQUIRE(found.counter);
  machine.set("intel-rapl:0", "50000");
  CHECK(found.counter->joules() == doctest::Approx(0.15));
  machine.set("intel-rapl:0", "999999");
  CHECK(found.counter->joules() == doctest::Approx(1.099999));
  machine.set("intel-rapl:0", "1");
  CHECK(found.counter->joules() == doctest::Approx(1.100002));
}

TEST_CASE("energy: where a package cannot be read there is no sum, and the reason names the file") {
  Counters machine;
  CHECK(machine.find().why_not.find("sys/class/powercap") != std::string::npos);
  machine.domain("intel-rapl:0", "psys", "1");
  CHECK(machine.find().why_not.find("no processor package") != std::string::npos);
  machine.domain("intel-rapl:1", "package-0", "1");
  CHECK(machine.find().counter);
  for (const char* wrong : {"", "many", "12x", "-1"}) {
    CAPTURE(wrong);
    machine.domain("intel-rapl:2", "package-1", wrong);
    CHECK_FALSE(machine.find().counter);
    CHECK(machine.find().why_not.find("intel-rapl:2/energy_uj: cannot be read") != std::string::npos);
  }
  machine.domain("intel-rapl:2", "package-1", "1");
  const FoundCounter found = machine.find();
  REQUIRE(found.counter);
  machine.remove("intel-rapl:2");
  CHECK_THROWS_WITH_AS(found.counter->joules(), doctest::Contains("can no longer be read"), Error);
}

// A GPU whose driver says what it is told to.
struct Gpu {
  int gpus = 1, energy_status = 0, open = 0;
  unsigned long long millijoules = 0;
} gpu;

constexpr NvmlApi stand_in{.initialise = [] { return ++gpu.open, 0; },
                           .shut_down = [] { return --gpu.open, 0; },
                           .device_count = [](unsigned* count) { return *count = gpu.gpus, 0; },
                           .device = [](unsigned index, void** handle) { return *handle = &gpu, int(index); },
                           .energy =
                               [](void* handle, unsigned long long* millijoules) {
                                 *millijoules = static_cast<Gpu*>(handle)->millijoules;
                                 return gpu.energy_status;
                               }};

TEST_CASE("energy: a GPU's counter starts where it stands") {
  gpu = {.millijoules = 123456};
  {
    const FoundCounter found = nvml_counter(stand_in);
    REQUIRE(found.counter);
    CHECK(found.counter->joules() == 0);
    gpu.millijoules += 2500;
    CHECK(found.counter->joules() == 2.5);
    gpu.energy_status = 1;
    CHECK_THROWS_AS(found.counter->joules(), Error);
  }
  CHECK(gpu.open == 0);
}

TEST_CASE("energy: a GPU that does not count, or that is one of several, has no counter") {
  gpu = {.energy_status = 3};
  CHECK(nvml_counter(stand_in).why_not == "the GPU does not count its energy");
  gpu = {.gpus = 2};
  CHECK(nvml_counter(stand_in).why_not.find("2 GPUs") != std::string::npos);
  CHECK(gpu.open == 0);
}

TEST_CASE("energy: a device that stands for another has none; carbon dioxide follows from the joules") {
  DeviceProperties device;
  device.kind = DeviceKind::emulated;
  device.name = "emulated:sm_80";
  CHECK(energy_counter(device).why_not.find("emulated:sm_80") == 0);
  CHECK(grams_co2(3.6e6, 400) == 400);
  CHECK(grams_co2(1.8, 400) == doctest::Approx(0.0002));
}

}  // namespace
}  // namespace graft
