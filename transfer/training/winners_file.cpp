#include "transfer/training/winners_file.h"

#include "transfer/training/machine_file.h"
#include "transfer/training/user_cache.h"

namespace graft {

std::filesystem::path winners_path() { return user_cache_file("tuned.tsv", "--tune on"); }

std::shared_ptr<Winners> winners_in_file(const std::filesystem::path& path, const std::string& machine) {
  const MachineFile file{path, "graft tuned 1", "--tune", "problem", "implementation"};
  auto winners = std::make_shared<Winners>();
  winners->chosen = file.read(machine);
  winners->keep = [file, machine](const Choices& chosen) { file.add(machine, chosen); };
  return winners;
}

}  // namespace graft
