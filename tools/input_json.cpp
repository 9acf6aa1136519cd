#include "tools/input_json.h"

namespace graft {

Json input_json(const MeasuredInput& input) {
  return {{"arch", input.arch},
          {"image_size", input.image_size},
          {"batch", input.batch},
          {"images", input.images},
          {"seed", input.seed}};
}

Json device_json(const std::string& device, const DeviceChoice& choice) {
  Json methods = Json::object();
  for (const auto& [op, name] : choice.methods) methods[op] = name;
  return {{"device", device},
          {"precision", choice.precision},
          {"provider", choice.provider},
          {"methods", methods}};
}

}  // namespace graft
