#pragma once

#include <string>

#include "transfer/graft.h"

namespace graft {

// The device in place of "auto", and a line for the person who asked: which it is, and why no GPU.
struct ChosenDevice {
  DeviceChoice choice;
  std::string line;
};
ChosenDevice choose_device(const DeviceChoice& asked);

}  // namespace graft
