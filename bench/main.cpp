#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "bench/cases.h"
#include "engine/check.h"

namespace {

// --NAME=VALUE or --NAME VALUE; null where argv[i] is another flag.
const char* value_of(std::string_view name, int argc, char** argv, int& i) {
  const std::string_view argument = argv[i];
  if (!argument.starts_with(name)) return nullptr;
  if (argument.size() > name.size() && argument[name.size()] == '=') return argv[i] + name.size() + 1;
  if (argument != name) return nullptr;
  GRAFT_CHECK(i + 1 < argc, call, name, " needs a value");
  return argv[++i];
}

int threads_from(const std::string& value) {
  char* end = nullptr;
  const long threads = std::strtol(value.c_str(), &end, 10);
  GRAFT_CHECK(*end == 0 && threads >= 1 && threads <= 1024, call, "--graft_threads ", value,
              " is not a number from 1 to 1024");
  return static_cast<int>(threads);
}

bool on_or_off(const char* name, const std::string& value) {
  GRAFT_CHECK(value == "on" || value == "off", call, name, ' ', value, " is neither on nor off");
  return value == "on";
}

graft::Math precision_from(std::string_view value) {
  GRAFT_CHECK(value == "fp32" || value == "tf32", call, "--precision ", value, " is neither fp32 nor tf32");
  return value == "fp32" ? graft::Math::fp32 : graft::Math::tf32;
}

// Takes our own flags out of the list and leaves the library's.
graft::bench::Settings take_settings(int argc, char** argv, std::vector<char*>& rest) {
  graft::bench::Settings settings;
  for (int i = 0; i < argc; ++i) {
    if (const char* threads = value_of("--graft_threads", argc, argv, i))
      settings.threads = threads_from(threads);
    else if (const char* device = value_of("--device", argc, argv, i))
      settings.device = device;
    else if (const char* precision = value_of("--precision", argc, argv, i))
      settings.precision = precision_from(precision);
    else if (const char* record = value_of("--record", argc, argv, i))
      settings.record = on_or_off("--record", record);
    else if (const char* data = value_of("--data", argc, argv, i))
      settings.data = data;
    else
      rest.push_back(argv[i]);
  }
  GRAFT_CHECK(settings.device == "cpu" || settings.device == "cuda", call, "--device ", settings.device,
              " is neither cpu nor cuda");
  GRAFT_CHECK(settings.device == "cuda" || settings.precision == graft::Math::fp32, call,
              "--precision tf32 needs --device cuda");
  return settings;
}

int run(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--accesses") return graft::bench::print_accesses(), 0;
  std::vector<char*> rest;
  const graft::bench::Settings settings = take_settings(argc, argv, rest);
  int count = static_cast<int>(rest.size());
  benchmark::Initialize(&count, rest.data());
  if (benchmark::ReportUnrecognizedArguments(count, rest.data())) return 2;
  graft::open_device(settings.device);  // what cannot be opened is one error, not one for each case
  graft::bench::register_inference(settings);
  graft::bench::register_training_steps(settings);
  graft::bench::register_loader(settings);
  graft::bench::register_conv_kernels(settings);
  graft::bench::register_dense_kernels(settings);
  graft::bench::register_memory_kernels(settings);
  benchmark::AddCustomContext("graft_device", settings.device);
  benchmark::AddCustomContext("graft_threads", std::to_string(settings.threads));
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench: %s\n", error.what());
    return 2;
  }
}
