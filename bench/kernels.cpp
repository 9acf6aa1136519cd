#include "bench/cases.h"
#include "bench/launch_clock.h"
#include "bench/named_shapes.h"
#include "bench/ops.h"
#include "engine/check.h"

namespace graft::bench {

namespace {

Passed timed_launches(LaunchClock& clock, const std::function<void()>& work) {
  double seconds = 0;
  const std::vector<double> times = clock.time(10, work);
  for (const double time : times) seconds += time;
  return {static_cast<int64_t>(times.size()), seconds};
}

// The device's own copy: the bandwidth that kernels bound by memory are held against.
void register_roof(const Settings& settings) {
  static constexpr size_t bytes = size_t{256} << 20;
  register_case(
      text("roof/copy/256MiB/", settings.device),
      [=]() -> Pass {
        std::shared_ptr<Device> device = open_device(settings.device, {.threads = settings.threads});
        auto from = std::make_shared<Buffer>(*device, bytes), to = std::make_shared<Buffer>(*device, bytes);
        return [device, from, to, clock = std::make_shared<LaunchClock>(*device)] {
          return timed_launches(*clock,
                                [&] { device->copy(to->data(), from->data(), bytes, device->stream()); });
        };
      },
      1, {0, 2.0 * bytes}, Clock::device);
}

// Verified, then timed: by the device's clock where it has one.
Pass prepare(const KernelCase& kernel, const std::string& device, int threads, Clock clock) {
  const std::shared_ptr<KernelRun> run = kernel.open(device, threads, Operands::filled);
  const auto launch = [run] { run->launch(); };
  run->launch_and_verify();
  if (clock == Clock::host)
    return [run, launch] {
      run->device().call(launch);
      return 1;
    };
  return [launch, clock = std::make_shared<LaunchClock>(run->device())] {
    return timed_launches(*clock, launch);
  };
}

// On the CPU, for tiny shapes: also what is too slow for real ones, the plain reference and the emulated
// kernels (their time says nothing of a GPU; they are marked).
void register_kernel(const std::string& name, const KernelCase& kernel, Device& device, bool tiny,
                     const Settings& settings) {
  const DeviceProperties& properties = device.properties();
  if (kernel.device != properties.kind || !kernel.refuse(properties).empty()) return;
  if (!tiny && (kernel.implementation == "reference" || properties.kind == DeviceKind::emulated)) return;
  const Clock clock = properties.separate_memory ? Clock::device : Clock::host;
  register_case(
      text(name, '/', case_name(kernel), properties.kind == DeviceKind::emulated ? "_emulated" : ""),
      [=, device = properties.name, threads = settings.threads] {
        return prepare(kernel, device, threads, clock);
      },
      1, kernel.work, clock);
}

}  // namespace

void register_kernels(const Settings& settings) {
  if (settings.device != "cpu") register_roof(settings);
  std::vector<std::unique_ptr<Device>> devices;
  devices.push_back(open_device(settings.device, {.threads = 1}));
  if (settings.device == "cpu") devices.push_back(open_device("emulated:sm_80", {.threads = 1}));
  for (const auto& [name, op, shape] : named_shapes())
    for (const OpPass& pass : op_passes()) {
      if (pass.op != op) continue;
      for (const Math math : {Math::fp32, Math::tf32, Math::bf16})
        for (const KernelCase& kernel : pass.cases(parse_shape(shape, pass.letters), math))
          for (const auto& device : devices)
            if (kernel.math == math)
              register_kernel(text("kernel/", op, '/', pass.pass, '/', name), kernel, *device,
                              name.starts_with("tiny."), settings);
    }
}

}  // namespace graft::bench
