#include "transfer/graphs/darknet/class_names.h"

#include <fstream>

#include "transfer/weights/utf8.h"

namespace graft {

namespace {

constexpr size_t most_lines = 100000, longest = 1000;

std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::error_code error;
  constexpr uintmax_t most_bytes = uintmax_t{16} << 20;
  if (!std::filesystem::is_regular_file(file, error) || std::filesystem::file_size(file, error) > most_bytes)
    return {};
  std::vector<std::string> lines;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) continue;
    if (!is_utf8(line) || line.size() > longest || lines.size() == most_lines) return {};
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string trimmed(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t"), last = text.find_last_not_of(" \t");
  return first == text.npos ? std::string() : text.substr(first, last - first + 1);
}

}  // namespace

std::vector<std::string> darknet_class_names(const std::filesystem::path& cfg) {
  std::filesystem::path beside = cfg;
  if (auto names = lines_of(beside.replace_extension(".names")); !names.empty()) return names;
  for (const std::string& line : lines_of(beside.replace_extension(".data"))) {
    const size_t equals = line.find('=');
    if (equals == line.npos || trimmed(line.substr(0, equals)) != "names") continue;
    const std::filesystem::path name = std::filesystem::path(trimmed(line.substr(equals + 1))).filename();
    if (!name.empty()) return lines_of(cfg.parent_path() / name);
  }
  return {};
}

}  // namespace graft
