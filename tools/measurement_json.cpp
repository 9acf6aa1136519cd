#include "tools/measurement_json.h"

#include "tools/input_json.h"

namespace graft {
namespace {

std::vector<int64_t> sizes_of(const Shape& shape) { return {shape.begin(), shape.end()}; }

Json worst_to_json(const ComparedLayer& layer) {
  Json worst = Json::array();
  for (const ValueDifference::Place& place : layer.difference.worst)
    worst.push_back({{"index", layer.index_of(place.at)}, {"values", {place.a, place.b}}});
  return worst;
}

Json layer_to_json(const ComparedLayer& layer) {
  return {{"phase", layer.phase},
          {"layer", layer.layer},
          {"op", layer.op},
          {"output", layer.output},
          {"shape", sizes_of(layer.shape)},
          {"implementations", layer.implementations},
          {"largest_difference", layer.difference.largest},
          {"largest_value", layer.difference.scale},
          {"nmse", layer.difference.nmse},
          {"bound", layer.bound},
          {"within_bound", layer.within},
          {"worst", worst_to_json(layer)},
          {"histogram", layer.difference.histogram}};
}

// Null where there is nothing to divide.
Json figures(const ProfiledStep& step) {
  Json json = {{"seconds", step.seconds},
               {"seconds_min", step.seconds_min},
               {"share", step.share},
               {"flops", step.flops},
               {"bytes", step.bytes},
               {"flops_per_second", Json()},
               {"bytes_per_second", step.bytes_per_second()}};
  if (step.flops > 0) json["flops_per_second"] = step.flops_per_second();
  return json;
}

Json step_to_json(const ProfiledStep& step) {
  Json json = {{"phase", step.phase},
               {"layer", step.layer},
               {"op", step.op},
               {"problem", step.problem},
               {"implementation", step.implementation},
               {"turns", step.turns}};
  json.update(figures(step));
  return json;
}

Json group_to_json(const ProfiledGroup& group) {
  Json json = {{"op", group.sum.op}, {"implementation", group.sum.implementation}, {"steps", group.steps}};
  json.update(figures(group.sum));
  return json;
}

Json event(const std::string& name, const std::string& category, double begin, double end, Json arguments) {
  constexpr double microseconds = 1e6;
  return {{"name", name},
          {"cat", category},
          {"ph", "X"},
          {"ts", begin * microseconds},
          {"dur", (end - begin) * microseconds},
          {"pid", 1},
          {"tid", 1},
          {"args", std::move(arguments)}};
}

Json title(const char* of, const std::string& name) {
  return {{"name", of}, {"ph", "M"}, {"pid", 1}, {"tid", 1}, {"args", {{"name", name}}}};
}

// The phases lie around their steps.
void add_run(Json& events, const NetworkProfile& profile, size_t run) {
  const std::vector<double>& marks = profile.marks[run];
  const auto step_at = [&](size_t i) -> const ProfiledStep& { return profile.steps[profile.order[i]]; };
  for (size_t i = 0, first = 0; i < profile.order.size(); ++i) {
    const ProfiledStep& step = step_at(i);
    if (step.phase != step_at(first).phase) first = i;
    if (i == first) {
      size_t last = i + 1;
      while (last < profile.order.size() && step_at(last).phase == step.phase) ++last;
      events.push_back(event(step.phase, "phase", marks[i], marks[last], {{"run", run}}));
    }
    events.push_back(event(step.layer, step.phase, marks[i], marks[i + 1],
                           {{"op", step.op},
                            {"implementation", step.implementation},
                            {"problem", step.problem},
                            {"flops", step.flops},
                            {"bytes", step.bytes}}));
  }
}

}  // namespace

std::string comparison_json(const MeasuredInput& input, const CompareCommand& command,
                            const NetworkComparison& comparison) {
  Json json = input_json(input);
  for (int side : {0, 1}) json["sides"].push_back(device_json(comparison.devices[side], command.sides[side]));
  json["histogram_ends"] = Json::array();
  for (size_t bin = 0; bin + 1 < ValueDifference::bins; ++bin)
    json["histogram_ends"].push_back(ValueDifference::bin_end(bin));
  json["layers"] = Json::array();
  for (const ComparedLayer& layer : comparison.layers) json["layers"].push_back(layer_to_json(layer));
  const ComparedLayer* first = comparison.first_difference();
  json["first_difference"] = first ? Json(first - comparison.layers.data()) : Json();
  return document(json);
}

std::string profile_json(const MeasuredInput& input, const ProfileCommand& command,
                         const NetworkProfile& profile) {
  Json json = input_json(input);
  json.update(device_json(profile.device, command.device));
  json["threads"] = profile.threads;
  json["train"] = command.train ? Json(*command.train) : Json();
  json["batch_norm"] = command.train ? Json(command.batch_norm) : Json();
  json["runs"] = command.runs;
  json["seconds"] = profile.seconds;
  json["seconds_min"] = profile.seconds_min;
  json["profiled_seconds"] = profile.marked_seconds;
  json["steps_seconds"] = profile.steps_seconds;
  json["steps"] = json["implementations"] = Json::array();
  for (const ProfiledStep& step : profile.steps) json["steps"].push_back(step_to_json(step));
  for (const ProfiledGroup& group : by_implementation(profile))
    json["implementations"].push_back(group_to_json(group));
  return document(json);
}

std::string trace_json(const MeasuredInput& input, const NetworkProfile& profile) {
  Json events = {title("process_name", "graft " + input.arch), title("thread_name", profile.device)};
  for (size_t run = 0; run < profile.marks.size(); ++run) add_run(events, profile, run);
  return document({{"traceEvents", events}, {"displayTimeUnit", "ms"}});
}

}  // namespace graft
