#include "transfer/cost/measured_device.h"

#include <sstream>

#include "engine/check.h"
#include "transfer/cost/child_process.h"
#include "transfer/cost/energy.h"
#include "transfer/training/execution.h"

namespace graft {

MeasuredDevice describe_device(const DeviceChoice& choice) {
  std::istringstream lines(text_from_child("--device " + choice.device, [&] {
    const std::unique_ptr<Device> device = open_device(choice);
    const DeviceProperties& properties = device->properties();
    return text(properties.name, '\n', device->hardware(), '\n', properties.threads, '\n',
                energy_counter(properties).why_not);
  }));
  MeasuredDevice found;
  std::string threads;
  for (std::string* line : {&found.name, &found.hardware, &threads, &found.why_no_energy})
    std::getline(lines, *line);
  found.threads = std::stoi(threads);
  return found;
}

}  // namespace graft
