#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace graft {

// A text file of what was found out about machines: a line that says its version, then a line for each find,
// machine, subject and finding, with a tab between. It may be deleted at any time.
struct MachineFile {
  std::filesystem::path path;
  std::string_view first_line;
  std::string_view keeper;            // "--tune": who writes it
  std::string_view subject, finding;  // what the columns are called in errors

  using Finds = std::map<std::string, std::string>;  // subject: finding

  // Those of a machine; none where there is no file. Error{file} or Error{format}, naming the file.
  Finds read(const std::string& machine) const;
  // Writes them beside what the file has by now, of this machine and of others.
  void add(const std::string& machine, const Finds& finds) const;

 private:
  using Table = std::map<std::string, Finds>;  // by machine
  Table read_all() const;
};

}  // namespace graft
