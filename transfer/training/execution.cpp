#include "transfer/training/execution.h"

#include <cstdio>
#include <cstdlib>

#include "engine/check.h"
#include "kernels/onednn_entry.h"
#include "kernels/vendor_entry.h"
#include "transfer/training/winners_file.h"

namespace graft {

namespace {

// Of what trains, or of all there is.
void check_math(const char* option, Math math, const DeviceProperties& device) {
  GRAFT_CHECK(math == Math::fp32 || (device.kind != DeviceKind::cpu && device.kind != DeviceKind::float64),
              call, option, ' ', name_of(math), " needs tensor cores, which device '", device.name,
              "' has not; use fp32, or --device cuda or emulated");
}

// Asked for and not there is an error: a comparison with the vendor must not be one of graft with itself.
Provider provider_of(const DeviceChoice& choice, const DeviceProperties& device) {
  if (choice.provider == "own") return Provider::own;
  GRAFT_CHECK(choice.provider == "vendor", call, "--provider is '", choice.provider,
              "'; it must be own or vendor");
  GRAFT_CHECK(device.kind == DeviceKind::cuda, call, "--provider vendor is for --device cuda, not for '",
              device.name, "'");
  for (const std::string& missing : {why_no_cudnn(), why_no_cublas()})
    GRAFT_CHECK(missing.empty(), device, "--provider vendor: ", missing);
  return Provider::vendor;
}

// An emulated kernel's time says nothing of a GPU's, and float64 is a yardstick.
std::shared_ptr<Winners> winners_of(const DeviceChoice& choice, const Device& device) {
  if (!choice.tune) return nullptr;
  const std::string hardware = device.hardware();
  GRAFT_CHECK(!hardware.empty(), call, "--tune on is for --device cuda and cpu, not for '",
              device.properties().name, "', whose times mean nothing");
  return winners_in_file(winners_path(), text(hardware, ", provider ", choice.provider));
}

}  // namespace

Math math_option(std::string_view option, const std::string& value) {
  const std::optional<Math> math = math_named(value);
  GRAFT_CHECK(math, call, option, " is '", value, "'; it must be fp32, tf32 or bf16");
  return *math;
}

std::unique_ptr<Device> open_device(const DeviceChoice& choice) {
  return open_device(choice.device, DeviceOptions{.threads = choice.threads});
}

ExecutorOptions executor_options(const DeviceChoice& choice, const Device& device) {
  ExecutorOptions options;
  options.math = math_option("--precision", choice.precision);
  check_math("--precision", options.math, device.properties());
  options.choice.provider = provider_of(choice, device.properties());
  options.choice.winners = winners_of(choice, device);
  for (const auto& [op, name] : choice.methods) options.choice.forced[op] = name;
  // The one thing that the library ever prints, for whoever asks.
  if (const char* verbose = std::getenv("GRAFT_VERBOSE"); verbose && std::string_view(verbose) == "1")
    options.choice.explain = [](const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); };
  return options;
}

ExecutorOptions prefix_options(ExecutorOptions options, Math math, const Device& device) {
  if (math == Math::bf16 && device.properties().kind == DeviceKind::cpu)
    GRAFT_CHECK(why_no_onednn_bf16().empty(), call, "--prefix-precision bf16: ", why_no_onednn_bf16(),
                "; use fp32, or --device cuda or emulated");
  else if (math != options.math)
    check_math("--prefix-precision", math, device.properties());
  options.math = math;
  return options;
}

}  // namespace graft
