#include "bench/figures/compiled_kernels.h"

#include "bench/figures/tables.h"

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
  if (full_name.starts_with("void ")) full_name.erase(0, 5);
  full_name.erase(std::min(full_name.find('('), full_name.size()));
  return full_name;
}

}  // namespace graft::bench
