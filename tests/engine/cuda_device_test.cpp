#include <doctest/doctest.h>

#include <thread>

#include "engine/check.h"
#include "engine/cuda_device.h"
#include "engine/device_factories.h"
#include "engine/stand_in_cuda.h"
#include "support/error_text.h"

namespace graft {
namespace {

using test::StandInCuda;

template <class Work>
std::string device_error(const Work& work) {
  return test::error_of(work, ErrorCode::device);
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("cuda device: what cannot be used is refused with its reason") {
  struct Case {
    const char* says;
    std::function<void(StandInCuda&)> make;
    int index = 0;
  };
  for (const Case& c : std::initializer_list<Case>{
           {"no NVIDIA driver", [](StandInCuda& cuda) { cuda.driver = 0; }},
           {"serves CUDA 12.4, this build needs 13.0",
            [](StandInCuda& cuda) { cuda.driver = 12040, cuda.count_status = CudaStatus::old_driver; }},
           {"sees no GPU", [](StandInCuda& cuda) { cuda.count_status = CudaStatus::no_device; }},
           {"sees no GPU", [](StandInCuda& cuda) { cuda.devices = 0; }},
           {"status 999", [](StandInCuda& cuda) { cuda.count_status = CudaStatus{999}; }},
           {"Stand-in has compute capability 7.5; 8.0 is needed",
            [](StandInCuda& cuda) { cuda.found.major = 7, cuda.found.minor = 5; }},
           {"this machine has 2 GPUs", [](StandInCuda& cuda) { cuda.devices = 2; }, 2}}) {
    StandInCuda cuda;
    c.make(cuda);
    const std::string said = device_error([&] { open_cuda_device(&cuda, c.index); });
    CAPTURE(said);
    CHECK(has(said, c.says));
    CHECK(has(said, text("'cuda:", c.index, "'")));
    CHECK(has(said, "--device cpu"));
    CHECK(cuda.live() == 0);
  }
  CHECK(has(device_error([] { open_cuda_device(nullptr, 0); }), "this build has no CUDA"));
}

TEST_CASE("cuda device: auto is cuda or says why not") {
  const AutomaticDevice device = automatic_device();
  MESSAGE("auto is ", device.name, " here: ", device.why_not_cuda);
  CHECK((device.name == "cpu") == !device.why_not_cuda.empty());
  CHECK(refuse_cuda(cuda_api(), 0) == device.why_not_cuda);
}

TEST_CASE("cuda device: properties come from the GPU") {
  StandInCuda cuda;
  cuda.devices = 3;
  cuda.expected_device = 2;
  const auto device = open_cuda_device(&cuda, 2, 5);
  CHECK(device->properties().threads == 5);
  CHECK(device->properties().name == "cuda:2");
  CHECK(device->properties().architecture == 80);
  CHECK(device->properties().shared_bytes_per_block == 163 * 1024);
  CHECK(device->properties().separate_memory);
}

TEST_CASE("cuda device: any thread may allocate, copy, launch and release") {
  StandInCuda cuda;
  cuda.devices = 2;
  cuda.expected_device = 1;
  const auto device = open_cuda_device(&cuda, 1);
  std::thread([&] {
    Buffer buffer(*device, 64), pinned(*device, 64, MemoryKind::pinned);
    device->copy_in(buffer.data(), pinned.data(), 64, device->stream());
    device->fill(buffer.data(), 0, 64, device->stream());
    device->make_event()->record(device->stream());
    device->call([&] { static_cast<CudaStream&>(device->stream()).launch({.name = "kernel"}); });
  }).join();
  CHECK(cuda.wrong_calls() == std::vector<std::string>{});
}

TEST_CASE("cuda device: out of memory tells what was needed and what is free") {
  StandInCuda cuda;
  cuda.total = size_t{100} << 20;
  const auto device = open_cuda_device(&cuda, 0);
  const Buffer first(*device, size_t{60} << 20);
  const std::string said = test::error_of([&] { Buffer(*device, size_t{50} << 20); }, ErrorCode::memory);
  CHECK(said == "out of memory: 50 MiB were needed, 40 MiB of 100 MiB are free on cuda:0");
  const Buffer second(*device, size_t{40} << 20);
  CHECK(cuda.used() == cuda.total);
}

TEST_CASE("cuda device: a kernel that failed is found at the next wait, and the GPU is lost to the process") {
  StandInCuda cuda;
  const auto device = open_cuda_device(&cuda, 0);
  cuda.fail_at(1, CudaStatus{700});
  const std::string lost = device_error([&] { device->stream().synchronize(); });
  CHECK(has(lost, "cuda:0: waiting for its work found that a kernel had failed: status 700"));
  CHECK(has(lost, "this process cannot use the GPU any more"));
  cuda.fail_at(1, CudaStatus{9});
  const std::string refused =
      device_error([&] { static_cast<CudaStream&>(device->stream()).launch({.name = "conv_tiled"}); });
  CHECK(refused == "cuda:0: conv_tiled failed: status 9 (CUDA error 9)");
  CHECK(cuda.ranges.empty());
}

TEST_CASE("cuda device: more than 48 KiB of shared memory is asked for once, for all that there is") {
  StandInCuda cuda;
  const auto device = open_cuda_device(&cuda, 0);
  auto& stream = static_cast<CudaStream&>(device->stream());
  const CudaLaunch large{.name = "large", .kernel = "large", .shared_bytes = 64 * 1024};
  cuda.calls();
  stream.launch({.name = "small", .kernel = "small", .shared_bytes = 48 * 1024});
  stream.launch(large);
  stream.launch(large);
  CHECK(cuda.calls() == std::vector<std::string>{"launch small 0x0x0 s1", "allow shared 166912",
                                                 "launch large 0x0x0 s1", "launch large 0x0x0 s1"});
  CHECK(has(device_error([&] { stream.launch({.name = "vast", .shared_bytes = 164 * 1024}); }),
            "kernel vast needs 167936 bytes of shared memory; cuda:0 has 166912"));
}

TEST_CASE("cuda device: a recording that fails leaves the stream usable and nothing behind") {
  StandInCuda cuda;
  {
    const auto device = open_cuda_device(&cuda, 0);
    const int before = cuda.live();
    CHECK(has(device_error([&] { device->record([] { fail(ErrorCode::device, "no such kernel"); }); }),
              "no such kernel"));
    cuda.fail_at(2, CudaStatus{901});
    CHECK(has(device_error([&] { device->record([] {}); }), "recording a plan's steps failed: status 901"));
    CHECK(cuda.live() == before);
    cuda.calls();
    device->record([] {})->replay();
    CHECK(cuda.calls() == std::vector<std::string>{"begin recording s1", "end recording s1",
                                                   "replay g2 on s1", "synchronize s1"});
  }
  CHECK(cuda.live() == 0);
  CHECK(cuda.wrong_calls() == std::vector<std::string>{});
}

TEST_CASE("cuda device: opening it fails cleanly at every call; closing it never fails") {
  int refused = 0;
  for (int n = 1;; ++n) {
    StandInCuda cuda;
    cuda.fail_at(n, CudaStatus{46});
    const std::string said = device_error([&] { open_cuda_device(&cuda, 0); });
    CHECK(cuda.live() == 0);
    if (!cuda.failed()) break;
    refused += has(said, "status 46");
    REQUIRE(n < 50);
  }
  CHECK(refused == 2);  // the two streams
}

}  // namespace
}  // namespace graft
