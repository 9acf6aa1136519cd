#pragma once

#include "tools/json_document.h"
#include "tools/measured_input.h"
#include "transfer/graft.h"

namespace graft {

Json input_json(const MeasuredInput& input);
// How a device was told to compute; `device` is the name of the one it was.
Json device_json(const std::string& device, const DeviceChoice& choice);

}  // namespace graft
