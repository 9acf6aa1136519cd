#include "transfer/training/winners_file.h"

#include <map>
#include <sstream>
#include <string_view>

#include "engine/check.h"
#include "transfer/training/user_cache.h"
#include "transfer/weights/atomic_file.h"
#include "transfer/weights/mapped_file.h"

namespace graft {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view first_line = "graft tuned 1";
constexpr size_t most_bytes = size_t{16} << 20;

using Races = std::map<std::pair<std::string, std::string>, std::string>;  // machine, problem: winner

Races read(const fs::path& path) {
  Races races;
  if (!fs::exists(path)) return races;
  const FileBytes file = map_file(path);
  GRAFT_CHECK(file.bytes.size() <= most_bytes, format, path.string(), ": ", file.bytes.size(),
              " bytes are too many for what --tune keeps; delete it");
  std::istringstream lines(std::string(reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size()));
  std::string line;
  GRAFT_CHECK(std::getline(lines, line) && line == first_line, format, path.string(),
              ": does not begin with '", first_line, "' as what --tune keeps; delete it");
  for (int number = 2; std::getline(lines, line); ++number) {
    const size_t first = line.find('\t'), second = line.find('\t', first + 1);
    GRAFT_CHECK(first != std::string::npos && second != std::string::npos &&
                    line.find('\t', second + 1) == std::string::npos,
                format, path.string(), ": line ", number,
                " is not machine, problem and implementation with tabs between; delete it");
    races[{line.substr(0, first), line.substr(first + 1, second - first - 1)}] = line.substr(second + 1);
  }
  return races;
}

void write(const fs::path& path, const Races& races) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  GRAFT_CHECK(!error, file, path.parent_path().string(), ": cannot be made: ", error.message());
  AtomicFile file(path);
  file.write(text(first_line, '\n'));
  for (const auto& [race, winner] : races)
    file.write(text(race.first, '\t', race.second, '\t', winner, '\n'));
  file.commit();
}

}  // namespace

fs::path winners_path() { return user_cache_file("tuned.tsv", "--tune on"); }

std::shared_ptr<Winners> winners_in_file(const fs::path& path, const std::string& machine) {
  auto winners = std::make_shared<Winners>();
  for (const auto& [race, winner] : read(path))
    if (race.first == machine) winners->chosen[race.second] = winner;
  winners->keep = [path, machine](const Choices& chosen) {
    Races races = read(path);
    for (const auto& [problem, winner] : chosen) races[{machine, problem}] = winner;
    write(path, races);
  };
  return winners;
}

}  // namespace graft
