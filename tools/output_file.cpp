#include "tools/output_file.h"

#include <unistd.h>

#include "engine/check.h"

namespace fs = std::filesystem;

namespace graft {
namespace {

void check_writable(std::string_view option, const fs::path& file, const fs::path& folder) {
  GRAFT_CHECK(access(folder.c_str(), W_OK) == 0, file, option, " ", file.string(), ": folder ",
              folder.string(), " cannot be written");
}

}  // namespace

void check_output_file(std::string_view option, const fs::path& file) {
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  std::error_code error;
  GRAFT_CHECK(fs::is_directory(folder, error), file, option, " ", file.string(), ": there is no folder ",
              folder.string(), "; make it first");
  GRAFT_CHECK(!fs::is_directory(file, error), file, option, " ", file.string(),
              ": is a folder; name a file in it");
  check_writable(option, file, folder);
}

void make_output_folder(std::string_view option, const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  GRAFT_CHECK(fs::is_directory(folder), file, option, " ", folder.string(), ": the folder cannot be made (",
              error ? error.message() : "a file has that name", ")");
  check_writable(option, folder, folder);
}

}  // namespace graft
