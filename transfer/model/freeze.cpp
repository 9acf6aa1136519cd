#include "transfer/model/freeze.h"

#include <fnmatch.h>

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "engine/check.h"
#include "transfer/data/hash.h"
#include "transfer/zoo/nearest_names.h"

namespace graft {

namespace {

bool has_parameters(const Node& node) { return node.layer && !node.layer->parameters().empty(); }

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> parts;
  while (true) {
    const size_t comma = list.find(',');
    parts.emplace_back(list.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    list.remove_prefix(comma + 1);
  }
}

int last_count(std::string_view what, size_t points) {
  int n = 0;
  const std::string_view digits = what.substr(5);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
  GRAFT_CHECK(
      error == std::errc() && end == digits.data() + digits.size() && n >= 1 && n <= static_cast<int>(points),
      call, "'", what, "': N must be 1 to ", points, ", the number of freeze points");
  return n;
}

std::vector<bool> from_last(const ModelData& model, int n) {
  std::vector<bool> trains(model.graph.size(), false);
  for (size_t i = model.freeze_points.size() - n; i < model.freeze_points.size(); ++i)
    for (NodeId id = 1; id < model.graph.size(); ++id)
      if (covers(model.freeze_points[i], model.graph[id].name)) trains[id] = true;
  return trains;
}

std::vector<bool> from_globs(const ModelData& model, std::string_view what) {
  std::vector<bool> trains(model.graph.size(), false);
  trains[model.head_node()] = true;
  for (const std::string& part : split(what)) {
    const bool exclude = part.starts_with('!');
    const std::string glob = exclude ? part.substr(1) : part;
    check_glob(model, glob, "--train");
    for (NodeId id = 1; id < model.graph.size(); ++id)
      if (layer_matches(glob, model.graph[id].name)) trains[id] = !exclude;
  }
  return trains;
}

}  // namespace

bool layer_matches(const std::string& glob, const std::string& layer) {
  for (size_t end = layer.find('.');; end = layer.find('.', end + 1)) {
    if (fnmatch(glob.c_str(), layer.substr(0, end).c_str(), 0) == 0) return true;
    if (end == std::string::npos) return false;
  }
}

void check_glob(const ModelData& model, const std::string& glob, std::string_view option) {
  std::vector<std::string_view> names;
  for (const FreezePoint& point : model.freeze_points) names.push_back(point.name());
  for (NodeId id = 1; id < model.graph.size(); ++id) {
    if (!has_parameters(model.graph[id])) continue;
    if (layer_matches(glob, model.graph[id].name)) return;
    names.push_back(model.graph[id].name);
  }
  const std::string nearest = nearest_names(glob, names);
  fail(ErrorCode::call, option, ": no layer matches '", glob, "'", nearest.empty() ? "" : "; nearest are ",
       nearest);
}

void freeze_all_but(ModelData& model, std::string_view what) {
  std::vector<bool> trains(model.graph.size(), what == "all");
  if (what.starts_with("last:"))
    trains = from_last(model, last_count(what, model.freeze_points.size()));
  else if (what != "all" && what != "head")
    trains = from_globs(model, what);
  if (what == "head" || what.starts_with("last:")) trains[model.head_node()] = true;
  for (NodeId id = 1; id < model.graph.size(); ++id) model.graph.set_trainable(id, trains[id]);
}

int64_t trainable_parameters(const ModelData& model) {
  int64_t sum = 0;
  for (NodeId id = 1; id < model.graph.size(); ++id)
    for (const ParameterSpec& spec : model.graph[id].layer->parameters())
      if (!is_statistic(spec.role) && model.graph[id].trainable) sum += spec.shape.count();
  return sum;
}

int64_t total_parameters(const ModelData& model) {
  int64_t sum = 0;
  for (NodeId id = 1; id < model.graph.size(); ++id)
    for (const ParameterSpec& spec : model.graph[id].layer->parameters())
      if (!is_statistic(spec.role)) sum += spec.shape.count();
  return sum;
}

std::string frozen_state_hash(const ModelData& model, bool statistics_move) {
  uint64_t hash = hash_bytes(nullptr, 0);
  for (NodeId id = 1; id < model.graph.size(); ++id) {
    const Node& node = model.graph[id];
    for (const ParameterSpec& spec : node.layer->parameters()) {
      if (node.trainable && (!is_statistic(spec.role) || statistics_move)) continue;
      const std::string name = parameter_name(node, spec);
      const HostTensor& tensor = model.weights.at(name);
      hash = hash_bytes(name.data(), name.size(), hash);
      hash = hash_bytes(tensor.data, tensor.count() * sizeof(float), hash);
    }
  }
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
  return text;
}

}  // namespace graft
