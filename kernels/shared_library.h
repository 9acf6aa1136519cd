#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace graft {

// Folders where the CUDA toolkit and the wheels that PyTorch brings keep their libraries: CUDA_HOME,
// CUDA_PATH, /usr/local/cuda, and site-packages/nvidia/*/lib of every python whose programs are on PATH.
std::vector<std::filesystem::path> vendor_library_folders();

// A library that is looked for while the program runs, first where the system's loader looks; it stays loaded
// until the process ends.
class SharedLibrary {
 public:
  explicit SharedLibrary(const std::string& file);  // "libcudnn.so.9"

  // Empty where it was loaded, else what to do about it.
  const std::string& why_not() const { return why_not_; }

  // False where the library has no such function: it is then as if it had not been found.
  template <class Function>
  bool find(const char* name, Function*& function) {
    function = reinterpret_cast<Function*>(address_of(name));
    return function != nullptr;
  }

 private:
  void* address_of(const char* name);

  std::string file_, why_not_;
  void* library_ = nullptr;
};

}  // namespace graft
