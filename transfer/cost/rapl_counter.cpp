#include "transfer/cost/rapl_counter.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>

#include "engine/check.h"

namespace graft {

namespace fs = std::filesystem;

namespace {

constexpr double joules_per_microjoule = 1e-6;

std::optional<std::string> first_line(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  if (!std::getline(in, line)) return std::nullopt;
  return line;
}

std::optional<uint64_t> number_in(const fs::path& file) {
  const std::string line = first_line(file).value_or("");
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
  if (error != std::errc() || end != line.data() + line.size()) return std::nullopt;
  return number;
}

struct Package {
  fs::path energy;    // its file, in microjoules
  uint64_t most = 0;  // the counter goes on from 0 behind that
  uint64_t last = 0;
};

class RaplCounter final : public EnergyCounter {
 public:
  explicit RaplCounter(std::vector<Package> packages) : packages_(std::move(packages)) {}

  double joules() override {
    for (Package& package : packages_) {
      const std::optional<uint64_t> now = number_in(package.energy);
      GRAFT_CHECK(now, device, package.energy.string(), ": can no longer be read");
      used_ += *now >= package.last ? *now - package.last : package.most - package.last + *now;
      package.last = *now;
    }
    return static_cast<double>(used_) * joules_per_microjoule;
  }

 private:
  std::vector<Package> packages_;
  uint64_t used_ = 0;
};

// intel-rapl:N, whoever made the processor; parts of a package have a second number.
std::vector<fs::path> domains_below(const fs::path& folder) {
  std::vector<fs::path> domains;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("intel-rapl:") && std::count(name.begin(), name.end(), ':') == 1)
      domains.push_back(entry.path());
  }
  std::sort(domains.begin(), domains.end());
  return domains;
}

}  // namespace

FoundCounter rapl_counter(const fs::path& root) {
  const fs::path folder = root / "sys/class/powercap";
  std::vector<Package> packages;
  for (const fs::path& domain : domains_below(folder)) {
    if (!first_line(domain / "name").value_or("").starts_with("package")) continue;  // psys counts them again
    const auto last = number_in(domain / "energy_uj"), most = number_in(domain / "max_energy_range_uj");
    if (!last || !most)
      return {nullptr, text((domain / "energy_uj").string(), ": cannot be read; systems leave that to root")};
    packages.push_back({domain / "energy_uj", *most, *last});
  }
  if (packages.empty())
    return {nullptr, text(folder.string(), ": has no processor package's energy counter")};
  return {std::make_unique<RaplCounter>(std::move(packages)), {}};
}

}  // namespace graft
