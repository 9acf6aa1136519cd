#include "transfer/training/machine_file.h"

#include <sstream>

#include "engine/check.h"
#include "transfer/weights/atomic_file.h"
#include "transfer/weights/mapped_file.h"

namespace graft {

namespace fs = std::filesystem;

namespace {

constexpr size_t most_bytes = size_t{16} << 20;

}  // namespace

MachineFile::Table MachineFile::read_all() const {
  Table table;
  if (!fs::exists(path)) return table;
  const FileBytes file = map_file(path);
  GRAFT_CHECK(file.bytes.size() <= most_bytes, format, path.string(), ": ", file.bytes.size(),
              " bytes are too many for what ", keeper, " keeps; delete it");
  std::istringstream lines(std::string(reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size()));
  std::string line;
  GRAFT_CHECK(std::getline(lines, line) && line == first_line, format, path.string(),
              ": does not begin with '", first_line, "' as what ", keeper, " keeps; delete it");
  for (int number = 2; std::getline(lines, line); ++number) {
    const size_t first = line.find('\t'), second = line.find('\t', first + 1);
    GRAFT_CHECK(first != std::string::npos && second != std::string::npos &&
                    line.find('\t', second + 1) == std::string::npos,
                format, path.string(), ": line ", number, " is not machine, ", subject, " and ", finding,
                " with tabs between; delete it");
    table[line.substr(0, first)][line.substr(first + 1, second - first - 1)] = line.substr(second + 1);
  }
  return table;
}

MachineFile::Finds MachineFile::read(const std::string& machine) const { return read_all()[machine]; }

void MachineFile::add(const std::string& machine, const Finds& finds) const {
  Table table = read_all();
  for (const auto& [what, found] : finds) table[machine][what] = found;
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  GRAFT_CHECK(!error, file, path.parent_path().string(), ": cannot be made: ", error.message());
  AtomicFile file(path);
  file.write(text(first_line, '\n'));
  for (const auto& [of, all] : table)
    for (const auto& [what, found] : all) file.write(text(of, '\t', what, '\t', found, '\n'));
  file.commit();
}

}  // namespace graft
