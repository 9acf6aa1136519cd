#include "transfer/report/write_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "engine/check.h"

namespace graft {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_to_write(const fs::path& path, int reason) {
  fail(ErrorCode::file, path.string(), ": cannot write: ", std::strerror(reason));
}

// Closes on every way out.
struct Descriptor {
  explicit Descriptor(int value) : value(value) {}
  ~Descriptor() {
    if (value >= 0) ::close(value);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int value;
};

// Removes the unfinished file unless it was renamed.
struct Unfinished {
  ~Unfinished() {
    if (!path.empty()) ::unlink(path.c_str());
  }
  std::string path;
};

void write_all(int descriptor, std::string_view content, const fs::path& path) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_to_write(path, errno);
    content.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace

void write_text_file(const fs::path& path, std::string_view content) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  Unfinished beside{path.string() + ".unfinished." + std::to_string(::getpid())};
  {
    const Descriptor file(::open(beside.path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (file.value < 0) {
      const int reason = errno;
      beside.path.clear();
      fail_to_write(path, reason);
    }
    write_all(file.value, content, path);
    if (::fsync(file.value) != 0) fail_to_write(path, errno);
  }
  if (std::rename(beside.path.c_str(), path.c_str()) != 0) fail_to_write(path, errno);
  beside.path.clear();
  const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some file systems cannot flush a folder; the file itself is complete by then.
  if (directory.value < 0 || (::fsync(directory.value) != 0 && errno != EINVAL && errno != ENOTSUP))
    fail_to_write(path, errno);
}

}  // namespace graft
