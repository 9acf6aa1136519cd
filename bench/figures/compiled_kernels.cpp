#include "bench/figures/compiled_kernels.h"

#include "bench/figures/tables.h"
#include "engine/dtype.h"

namespace graft::bench {

namespace {

void remove_all(std::string& text, std::string_view part) {
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at))
    text.erase(at, part.size());
}

}  // namespace

std::optional<CompiledKernel> compiled_kernel(std::string_view name, std::string_view architecture) {
  for (const auto& row : table_rows(kernel_table()))
    if (row.at(0) == name && row.at(1) == architecture)
      return CompiledKernel{std::stoi(row.at(2)), std::stoi(row.at(3))};
  return std::nullopt;
}

std::string short_name(std::string full_name) {
  for (const char* part : {"(anonymous namespace)::", "graft::cuda::", "graft::emulated::",
                           "graft::checked::", "graft::", "(int)", "(bool)"})
    remove_all(full_name, part);
  for (const char number : {'0', '1', '2'}) {
    const std::string cast = std::string("(Math)") + number;
    if (const size_t at = full_name.find(cast); at != std::string::npos)
      full_name.replace(at, cast.size(), name_of(static_cast<Math>(number - '0')));
  }
  if (full_name.starts_with("void ")) full_name.erase(0, 5);
  full_name.erase(std::min(full_name.find('('), full_name.size()));
  return full_name;
}

}  // namespace graft::bench
