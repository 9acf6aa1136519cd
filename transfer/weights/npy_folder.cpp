#include "transfer/weights/npy_folder.h"

#include <algorithm>

#include "transfer/weights/mapped_file.h"
#include "transfer/weights/npz.h"

namespace graft {
namespace {

namespace fs = std::filesystem;

constexpr size_t most_files = 20000;
constexpr int deepest = 16;

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (auto entry = fs::recursive_directory_iterator(folder); entry != fs::recursive_directory_iterator();
       ++entry) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with('.')) {
      entry.disable_recursion_pending();
    } else if (entry->is_directory()) {
      GRAFT_CHECK(!entry->is_symlink(), format, entry->path().string(),
                  ": is a link to a folder; links are not followed");
      GRAFT_CHECK(entry.depth() < deepest, format, entry->path().string(), ": lies more than ", deepest,
                  " folders deep");
    } else {
      GRAFT_CHECK(name.ends_with(".npy") && name.size() > 4, format, entry->path().string(),
                  ": is no .npy file; a folder of weights holds nothing else");
      GRAFT_CHECK(files.size() < most_files, format, folder.string(), ": holds more than ", most_files,
                  " files");
      files.push_back(entry->path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string tensor_name(const fs::path& relative) {
  std::string name = relative.generic_string();
  name.resize(name.size() - 4);
  std::replace(name.begin(), name.end(), '/', '.');
  return name;
}

}  // namespace

TensorFile read_npy_folder(const fs::path& folder) try {
  std::vector<NamedTensor> tensors;
  std::vector<std::shared_ptr<const void>> owners;
  for (const fs::path& path : files_in(folder)) {
    const FileBytes file = map_file(path);
    NamedTensor tensor = read_npy(file).tensors()[0];
    tensor.name = tensor_name(path.lexically_relative(folder));
    tensors.push_back(std::move(tensor));
    owners.push_back(file.owner);
  }
  GRAFT_CHECK(!tensors.empty(), format, folder.string(), ": is a folder without .npy files");
  return TensorFile(folder.string(), "npy folder", std::move(tensors), std::move(owners));
} catch (const fs::filesystem_error& error) {
  fail(ErrorCode::file, folder.string(), ": cannot be read: ", error.code().message());
}

}  // namespace graft
