#include <doctest/doctest.h>

#include <cstdint>
#include <limits>

#include "engine/device.h"

namespace graft {
namespace {

// A tenth of the smallest normal number, computed by one of the device's threads.
float tenth_of_smallest(Device& device) {
  volatile float smallest = std::numeric_limits<float>::min(), result = 0;
  device.call([&] {
#pragma omp parallel
#pragma omp single
    result = smallest * 0.1f;
  });
  return result;
}

TEST_CASE(
    "host device: cpu flushes what is too small for float32; the device that others are judged by does not") {
  CHECK(tenth_of_smallest(*open_device("cpu", {.threads = 2})) == 0);
  CHECK(tenth_of_smallest(*open_device("emulated", {.threads = 2})) > 0);
  volatile float smallest = std::numeric_limits<float>::min();
  CHECK(smallest * 0.1f > 0);  // nor the caller's thread
}

TEST_CASE("host device: memory of every size is aligned and writable to its end") {
  const auto device = open_device("cpu", {.threads = 1});
  for (const size_t bytes :
       {size_t{1}, size_t{1000}, size_t{65536}, size_t{2} << 20, (size_t{5} << 20) + 3}) {
    CAPTURE(bytes);
    auto* memory = static_cast<unsigned char*>(device->allocate(bytes));
    CHECK(reinterpret_cast<uintptr_t>(memory) % 256 == 0);
    memory[0] = memory[bytes - 1] = 7;
    CHECK(memory[bytes - 1] == 7);
    device->release(memory);
  }
}

}  // namespace
}  // namespace graft
