#include "transfer/cost/rates_file.h"

#include <algorithm>
#include <map>
#include <sstream>

#include "engine/check.h"
#include "transfer/training/machine_file.h"
#include "transfer/training/user_cache.h"

namespace graft {

namespace {

MachineFile file_at(const std::filesystem::path& path) {
  return {path, "graft rates 1", "graft cost", "step", "seconds"};
}

// "conv_forward 1x1; 1.2e+09 3.4e+07 17.6 6 8 0": kind; flops, bytes, place.
std::string text_of(const StepSize& size) {
  std::string out = text(size.kind, "; ", size.flops, ' ', size.bytes);
  for (double place : size.place) out += text(' ', place);
  return out;
}

bool parse(const std::string& what, const std::string& seconds, TimedStep& step) {
  const size_t end = what.find("; ");
  if (end == std::string::npos) return false;
  step.size.kind = what.substr(0, end);
  std::istringstream numbers(what.substr(end + 1)), time(seconds);
  numbers >> step.size.flops >> step.size.bytes;
  for (double& place : step.size.place) numbers >> place;
  time >> step.seconds;
  return numbers && time && step.size.flops >= 0 && step.size.bytes > 0 && step.seconds > 0;
}

// By kind and size, as the file names them.
std::map<std::string, double> least_seconds(const std::vector<TimedStep>& timed) {
  std::map<std::string, double> least;
  for (const auto& [size, seconds] : timed) {
    const auto [known, is_new] = least.try_emplace(text_of(size), seconds);
    known->second = std::min(known->second, seconds);
  }
  return least;
}

}  // namespace

std::filesystem::path rates_path() { return user_cache_file("rates.tsv", "graft cost"); }

std::vector<TimedStep> read_rates(const std::filesystem::path& path, const std::string& machine) {
  std::vector<TimedStep> timed;
  for (const auto& [what, seconds] : file_at(path).read(machine))
    GRAFT_CHECK(parse(what, seconds, timed.emplace_back()), format, path.string(), ": '", what, "' and '",
                seconds, "' are no step and its seconds; delete it");
  return timed;
}

void add_rates(const std::filesystem::path& path, const std::string& machine,
               const std::vector<TimedStep>& timed) {
  MachineFile::Finds finds;
  for (const auto& [what, seconds] : least_seconds(timed)) finds[what] = text(seconds);
  file_at(path).add(machine, finds);
}

}  // namespace graft
