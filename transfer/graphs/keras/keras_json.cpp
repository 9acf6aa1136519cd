#include "transfer/graphs/keras/keras_json.h"

#include "engine/check.h"

namespace graft {
namespace {

// Brackets within brackets, outside of strings.
int depth_of(std::string_view text) {
  int depth = 0, deepest = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '\\') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == '{' || c == '[')) {
      deepest = std::max(deepest, ++depth);
    } else if (!quoted && (c == '}' || c == ']')) {
      --depth;
    }
  }
  return deepest;
}

}  // namespace

KerasJson parse_keras_json(const std::string& where, std::string_view text) {
  constexpr int deepest = 200;
  GRAFT_CHECK(depth_of(text) <= deepest, format, where, ": its configuration is nested more than ", deepest,
              " deep; the file is damaged");
  KerasJson json = KerasJson::parse(text, nullptr, false);
  GRAFT_CHECK(json.is_object(), format, where, ": its configuration is no JSON object; the file is damaged");
  return json;
}

const KerasJson& member(const KerasJson& object, std::string_view key) {
  static const KerasJson null;
  if (!object.is_object()) return null;
  const auto found = object.find(std::string(key));
  return found == object.end() ? null : *found;
}

}  // namespace graft
