#include "transfer/training/run_settings.h"

#include <doctest/doctest.h>

#include "engine/error.h"

namespace graft {
namespace {

const Settings now{{"epochs", "10"},      {"lr-scale", "a=2"},          {"lr-scale", "b=3"},
                   {"precision", "tf32"}, {"prefix-precision", "tf32"}, {"provider", "own"}};

void check_refused(Settings before, const char* why) {
  CHECK_THROWS_WITH_AS(check_same_settings(now, before, "m.graft.state"), doctest::Contains(why), Error);
}

Settings without(const std::string& name) {
  Settings settings = now;
  std::erase_if(settings, [&](const auto& option) { return option.first == name; });
  return settings;
}

Settings with(const std::string& name, const std::string& value) {
  Settings settings = without(name);
  settings.emplace_back(name, value);
  return settings;
}

TEST_CASE("run settings: the same in any order, and as far as a state knew them") {
  CHECK_NOTHROW(check_same_settings(now, now, ""));
  CHECK_NOTHROW(check_same_settings(now, with("epochs", "10"), ""));
  CHECK_NOTHROW(check_same_settings(now, without("prefix-precision"), ""));
  CHECK_NOTHROW(check_same_settings(now, without("provider"), ""));
}

TEST_CASE("run settings: what differs is named, with both values") {
  check_refused(with("solver", "lbfgs"), "solver is epochs, but the run in m.graft.state used lbfgs");
  check_refused(with("epochs", "9"), "--resume: epochs is 10, but the run in m.graft.state used 9");
  check_refused(without("epochs"), "epochs is 10, but the run in m.graft.state used nothing");
  check_refused(with("seed", "1"), "seed is nothing, but the run in m.graft.state used 1");
  check_refused(without("lr-scale"), "lr-scale is a=2,b=3, but");
  check_refused(with("lr-scale", "a=2"), "used a=2");
  check_refused(with("cache-precision", "bf16"), "cache-precision is fp32, but");
  check_refused(with("prefix-precision", "bf16"), "prefix-precision is tf32, but");
  Settings older = without("precision");
  std::erase_if(older, [](const auto& option) { return option.first == "prefix-precision"; });
  check_refused(older, "precision is tf32, but the run in m.graft.state used fp32");
}

}  // namespace
}  // namespace graft
