#include <algorithm>
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "bench/cases.h"
#include "bench/flags.h"
#include "bench/op_command.h"
#include "engine/check.h"

namespace {

using graft::bench::Flag;
using graft::bench::number_from;
using graft::bench::numbers_from;
using graft::bench::on_or_off;
using graft::bench::take_flag;

graft::Math precision_from(std::string_view value) {
  const auto math = graft::math_named(value);
  GRAFT_CHECK(math, call, "--precision ", value, " is not fp32, tf32 or bf16");
  return *math;
}

struct Request {
  graft::bench::Settings settings;
  graft::bench::OpCommand op;
  bool accesses = false;
};

std::vector<Flag> flags(Request& request) {
  graft::bench::Settings& settings = request.settings;
  graft::bench::OpCommand& op = request.op;
  const auto text = [](std::string& to) { return [&to](const char* value) { to = value; }; };
  return {
      {"--graft_threads",
       [&](const char* value) { settings.threads = number_from("--graft_threads", value, 1024); }},
      {"--device", text(settings.device)},
      {"--precision", [&](const char* value) { settings.precision = precision_from(value); }},
      {"--record", [&](const char* value) { settings.record = on_or_off("--record", value); }},
      {"--data", text(settings.data)},
      {"--batches", [&](const char* value) { settings.batches = numbers_from("--batches", value, 4096); }},
      {"--accesses", {}, &request.accesses},
      {"--op", text(op.op)},
      {"--pass", text(op.pass)},
      {"--shape", text(op.shape)},
      {"--method", text(op.method)},
      {"--gpu", text(op.gpu)},
      {"--launches", [&](const char* value) { op.launches = number_from("--launches", value, 100000); }},
      {"--whole", {}, &op.whole},
      {"--json", {}, &op.json},
  };
}

// Takes our own flags out of the list and leaves the library's.
Request take_request(int argc, char** argv, std::vector<char*>& rest) {
  Request request;
  const std::vector<Flag> ours = flags(request);
  for (int i = 0; i < argc; ++i)
    if (std::none_of(ours.begin(), ours.end(),
                     [&](const Flag& f) { return i > 0 && take_flag(f, argc, argv, i); }))
      rest.push_back(argv[i]);
  return request;
}

void check_settings(const graft::bench::Settings& settings) {
  GRAFT_CHECK(settings.device == "cpu" || settings.device == "cuda", call, "--device ", settings.device,
              " is neither cpu nor cuda");
  GRAFT_CHECK(settings.device == "cuda" || settings.precision == graft::Math::fp32, call, "--precision ",
              name_of(settings.precision), " needs --device cuda");
}

void check_op_flags(const graft::bench::OpCommand& op) {
  const graft::bench::OpCommand none;
  GRAFT_CHECK(op.shape.empty() && op.method.empty() && op.gpu.empty() && op.pass == none.pass &&
                  op.launches == 0 && !op.whole && !op.json,
              call, "--pass, --shape, --method, --gpu, --launches, --whole and --json are for --op NAME");
}

void print_help() {
  std::puts(
      "One op on any shape (bench/README.md has the shapes' letters):\n"
      "  bench --op OP --shape SHAPE [--pass PASS] [--method NAME] [--device cpu|cuda|emulated[:sm_NN]]\n"
      "        [--precision fp32|tf32|bf16] [--gpu NAME] [--launches N] [--graft_threads N] [--whole] "
      "[--json]\n"
      "Memory requests of a training step: bench --accesses [--precision fp32|tf32|bf16]\n"
      "The named cases:\n"
      "  bench [--device cpu|cuda] [--graft_threads N] [--record on|off] [--precision fp32|tf32|bf16]\n"
      "        [--batches N,...] [--data DIR]\n"
      "and the flags of Google Benchmark:");
  benchmark::PrintDefaultHelp();
}

int run(int argc, char** argv) {
  std::vector<char*> rest;
  Request request = take_request(argc, argv, rest);
  const graft::bench::Settings& settings = request.settings;
  int count = static_cast<int>(rest.size());
  benchmark::Initialize(&count, rest.data(), print_help);
  if (benchmark::ReportUnrecognizedArguments(count, rest.data())) return 2;
  if (request.accesses) return graft::bench::print_accesses(settings.precision), 0;
  if (!request.op.op.empty()) {
    request.op.device = settings.device;
    request.op.precision = settings.precision;
    request.op.threads = settings.threads;
    return graft::bench::run_op(request.op), 0;
  }
  check_op_flags(request.op);
  check_settings(settings);
  graft::open_device(settings.device);  // what cannot be opened is one error, not one for each case
  graft::bench::register_inference(settings);
  graft::bench::register_training_steps(settings);
  graft::bench::register_loader(settings);
  graft::bench::register_kernels(settings);
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
  } catch (const graft::Error& error) {
    std::fprintf(stderr, "bench: %s\n", error.what());
    return error.code() == graft::ErrorCode::call ? 2 : 1;
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "bench: out of memory; use fewer images\n");
    return 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench: %s\n", error.what());
    return 1;
  }
}
