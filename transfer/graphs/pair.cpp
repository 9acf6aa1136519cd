#include "transfer/graphs/pair.h"

#include <filesystem>

#include "transfer/weights/mapped_file.h"

namespace graft {

FileBytes other_file(const FileBytes& file, const std::string& named, std::string_view extension) {
  if (!named.empty()) return map_file(named);
  const std::filesystem::path beside = std::filesystem::path(file.name).replace_extension(extension);
  std::error_code error;
  GRAFT_CHECK(std::filesystem::is_regular_file(beside, error), file, file.name,
              ": is one file of two, and there is no ", beside.string(), "; name its ", extension,
              " file with --graph");
  return map_file(beside);
}

}  // namespace graft
