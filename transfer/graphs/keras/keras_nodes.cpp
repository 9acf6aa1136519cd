#include "transfer/graphs/keras/keras_nodes.h"

namespace graft {
namespace {

bool is_reference(const KerasJson& list) {
  return list.is_array() && list.size() >= 3 && list[0].is_string() && list[1].is_number_integer() &&
         list[2].is_number_integer();
}

// The depth of the JSON is bounded where it is parsed.
void collect(const KerasJson& part, std::vector<KerasReference>& found) {
  if (is_reference(part)) {
    found.push_back({part[0].get<std::string>(), part[1].get<int64_t>(), part[2].get<int64_t>()});
  } else if (member(part, "class_name") == "__keras_tensor__") {
    collect(member(member(part, "config"), "keras_history"), found);
  } else if (part.is_structured()) {
    for (const KerasJson& inner : part) collect(inner, found);
  }
}

}  // namespace

std::vector<KerasReference> references_in(const KerasJson& node) {
  std::vector<KerasReference> found;
  collect(node, found);
  return found;
}

std::vector<const KerasJson*> calls_of(const KerasJson& layer) {
  std::vector<const KerasJson*> calls;
  const KerasJson& nodes = member(layer, "inbound_nodes");
  if (nodes.is_array())
    for (const KerasJson& node : nodes) calls.push_back(&node);
  return calls;
}

}  // namespace graft
