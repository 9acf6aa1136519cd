#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace graft {

using KerasJson = nlohmann::json;

// Error{format} where it is no JSON, or nested so deeply that no network is.
KerasJson parse_keras_json(const std::string& where, std::string_view text);

// Null where `object` is none or has no such key.
const KerasJson& member(const KerasJson& object, std::string_view key);

// The number or text under a key, or what stands for it where there is none (or null).
template <class T>
T member_or(const KerasJson& object, std::string_view key, const T& otherwise) {
  const KerasJson& found = member(object, key);
  return found.is_null() ? otherwise : found.get<T>();
}

}  // namespace graft
