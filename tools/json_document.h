#pragma once

#include <nlohmann/json.hpp>

namespace graft {

// Keys in the order in which they were written.
using Json = nlohmann::ordered_json;

inline std::string document(const Json& json) {
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace graft
