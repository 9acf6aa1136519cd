#include "kernels/shared_library.h"

#include <dlfcn.h>

#include <cstdlib>
#include <sstream>

#include "engine/check.h"

namespace graft {

namespace fs = std::filesystem;

namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::vector<fs::path> entries_of(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    found.push_back(entry->path());
  return found;
}

void add_toolkit(const fs::path& root, std::vector<fs::path>& folders) {
  if (!root.is_absolute()) return;
  for (const char* folder : {"lib64", "lib", "targets/x86_64-linux/lib"}) folders.push_back(root / folder);
}

// What pip installed into `root`, as /usr, ~/.local or a virtual environment.
void add_wheels(const fs::path& root, std::vector<fs::path>& folders) {
  if (!root.is_absolute()) return;
  for (const fs::path& python : entries_of(root / "lib")) {
    if (!python.filename().string().starts_with("python3")) continue;
    for (const char* packages : {"site-packages", "dist-packages"})
      for (const fs::path& package : entries_of(python / packages / "nvidia"))
        folders.push_back(package / "lib");
  }
}

}  // namespace

std::vector<fs::path> vendor_library_folders() {
  std::vector<fs::path> folders;
  for (const char* name : {"CUDA_HOME", "CUDA_PATH"}) add_toolkit(environment(name), folders);
  add_toolkit("/usr/local/cuda", folders);
  std::istringstream path(environment("PATH"));
  for (std::string programs; std::getline(path, programs, ':');)
    add_wheels(fs::path(programs).parent_path(), folders);
  add_wheels(fs::path(environment("HOME")) / ".local", folders);
  std::error_code error;
  std::erase_if(folders, [&](const fs::path& folder) { return !fs::is_directory(folder, error); });
  return folders;
}

SharedLibrary::SharedLibrary(const std::string& file) : file_(file) {
  std::vector<std::string> paths{file};
  for (const fs::path& folder : vendor_library_folders()) paths.push_back(folder / file);
  for (const std::string& path : paths) {
    library_ = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library_) return;
    // A file that is there and does not load says more than one that is nowhere.
    const char* error = dlerror();
    if (path != file && fs::exists(path) && why_not_.empty()) why_not_ = error ? error : path;
  }
  if (why_not_.empty())
    why_not_ = text(file,
                    " was not found: install it with the CUDA toolkit or by pip, or name its folder in "
                    "LD_LIBRARY_PATH");
}

void* SharedLibrary::address_of(const char* name) {
  void* address = library_ ? dlsym(library_, name) : nullptr;
  if (library_ && !address)
    why_not_ = text(file_, " has no ", name, ": it is not a version that graft knows");
  return address;
}

}  // namespace graft
