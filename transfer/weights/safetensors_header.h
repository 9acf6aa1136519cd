#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/dtype.h"
#include "transfer/weights/bytes.h"

namespace graft {

struct SafetensorsEntry {
  std::string name;
  DType dtype = DType::float32;
  std::vector<int64_t> sizes;
  uint64_t begin = 0, end = 0;  // bytes, from the end of the header
};

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  // in the order of the text
  std::map<std::string, std::string> metadata;
};

// Error{format}, naming `where`, for anything but the three known levels of the header's JSON. Offsets are
// not judged.
SafetensorsHeader parse_safetensors_header(const std::string& where, std::string_view json);

// The header's JSON, without the padding. Error{call} for text that is no UTF-8.
std::string safetensors_header_text(const SafetensorsHeader& header);

}  // namespace graft
