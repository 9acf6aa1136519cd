#pragma once

#include <doctest/doctest.h>

#include <string>

#include "engine/device.h"
#include "engine/error.h"
#include "kernels/emulator/emulator.h"

namespace graft::test {

struct EmulatedStream {
  explicit EmulatedStream(int threads = 1, std::string_view device_name = "emulated")
      : device(open_device(device_name, {.threads = threads})), stream(device->stream()) {}

  std::unique_ptr<Device> device;
  Stream& stream;
};

// The message of the Error that the work must throw; empty if it throws none.
template <class Work>
std::string error_of(const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

inline bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace graft::test
