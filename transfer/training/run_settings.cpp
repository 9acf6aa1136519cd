#include "transfer/training/run_settings.h"

#include <map>

#include "engine/check.h"

namespace graft {

namespace {

using Values = std::map<std::string, std::string>;

// Where settings lack an option, they are of a run before it existed, which had what was then the only
// choice, or are not told because they are the usual ones.
Values values_of(const Settings& settings) {
  Values values;
  for (const auto& [name, value] : settings) {
    std::string& all = values[name];
    all += (all.empty() ? "" : ",") + value;
  }
  values.emplace("solver", "epochs");
  values.emplace("precision", "fp32");
  values.emplace("prefix-precision", values.at("precision"));
  values.emplace("provider", "own");
  values.emplace("ema", "0");
  values.emplace("cache-views", "0");
  values.emplace("cache-precision", "fp32");
  return values;
}

std::string value_in(const Values& values, const std::string& name) {
  const auto found = values.find(name);
  return found == values.end() ? "nothing" : found->second;
}

}  // namespace

void check_same_settings(const Settings& now, const Settings& before, const std::filesystem::path& state) {
  const Values ours = values_of(now), theirs = values_of(before);
  Settings names{{"solver", ""}};  // first: it decides what the others are
  names.insert(names.end(), now.begin(), now.end());
  names.insert(names.end(), before.begin(), before.end());
  for (const auto& [name, unused] : names)
    GRAFT_CHECK(value_in(ours, name) == value_in(theirs, name), call, "--resume: ", name, " is ",
                value_in(ours, name), ", but the run in ", state.string(), " used ", value_in(theirs, name));
}

}  // namespace graft
