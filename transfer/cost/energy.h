#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/device.h"

namespace graft {

// A counter of energy, in joules.
class EnergyCounter {
 public:
  virtual ~EnergyCounter() = default;
  // Used since it was made. To be asked more often than a counter of the hardware's runs over: minutes.
  virtual double joules() = 0;
};

struct FoundCounter {
  std::unique_ptr<EnergyCounter> counter;
  std::string why_not;  // empty where there is one
};

// The one that counts what the device uses: of the whole GPU, or of all processor packages, whatever else
// runs there. Devices that stand for others have none.
FoundCounter energy_counter(const DeviceProperties& device);

constexpr double joules_per_kilowatt_hour = 3.6e6;
constexpr double grams_co2(double joules, double grams_per_kilowatt_hour) {
  return joules / joules_per_kilowatt_hour * grams_per_kilowatt_hour;
}

}  // namespace graft
