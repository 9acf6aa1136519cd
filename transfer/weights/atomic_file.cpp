#include "transfer/weights/atomic_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <system_error>
#include <utility>

#include "engine/check.h"

namespace graft {
namespace fs = std::filesystem;

namespace {

fs::path followed(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_symlink(path, ignored)) return path;
  const fs::path target = fs::weakly_canonical(path, ignored);
  return target.empty() ? path : target;
}

constexpr std::string_view beside_suffix = ".part";

// A name that open_beside() gives: PATH.process-number.part
bool is_beside(const fs::path& candidate, const fs::path& path) {
  const std::string name = candidate.filename().string(), prefix = path.filename().string() + ".";
  if (!name.starts_with(prefix) || !name.ends_with(beside_suffix) ||
      name.size() <= prefix.size() + beside_suffix.size())
    return false;
  const std::string_view middle =
      std::string_view(name).substr(prefix.size(), name.size() - prefix.size() - beside_suffix.size());
  return std::count(middle.begin(), middle.end(), '-') == 1 &&
         middle.find_first_not_of("0123456789-") == std::string_view::npos;
}

// A living writer holds a lock on its file; what can be locked was left behind by one that was killed.
void remove_abandoned(const fs::path& path) {
  std::error_code ignored;
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    if (!is_beside(entry.path(), path) || !entry.is_regular_file(ignored) || entry.is_symlink(ignored))
      continue;
    const int descriptor = ::open(entry.path().c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0) continue;
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) ::unlink(entry.path().c_str());
    ::close(descriptor);
  }
}

}  // namespace

AtomicFile::AtomicFile(const fs::path& path) : path_(followed(path)) {
  std::error_code ignored;
  const auto kind = fs::status(path_, ignored).type();
  GRAFT_CHECK(
      kind == fs::file_type::not_found || kind == fs::file_type::regular || kind == fs::file_type::none, file,
      path_.string(), ": cannot be replaced: it is not a regular file");
  remove_abandoned(path_);
  open_beside();
  keep_permissions();
}

AtomicFile::~AtomicFile() { close_and_remove(); }

// A name of its own for each writer, so that two at once cannot mix their bytes.
void AtomicFile::open_beside() {
  static std::atomic<unsigned> counter{0};
  for (int attempt = 0; attempt < 100; ++attempt) {
    beside_ = path_;
    beside_ += text(".", ::getpid(), "-", counter++, beside_suffix);
    descriptor_ = ::open(beside_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor_ < 0 && errno != EEXIST) break;
    if (descriptor_ >= 0 && own_beside()) break;
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }
  if (descriptor_ >= 0) return;
  beside_.clear();  // another writer's, or none
  fail_with("cannot create a file beside it", errno);
}

// False where another writer took the new file for an abandoned one before it was locked. A file system
// without locks has no such writer.
bool AtomicFile::own_beside() const {
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) return errno != EWOULDBLOCK;
  struct stat now {};
  return ::fstat(descriptor_, &now) == 0 && now.st_nlink > 0;
}

// Best effort: a file system without permissions is no reason to lose a model.
void AtomicFile::keep_permissions() {
  struct stat old {};
  if (::stat(path_.c_str(), &old) == 0) (void)!::fchmod(descriptor_, old.st_mode & 0777);
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  GRAFT_CHECK(descriptor_ >= 0, call, path_.string(), ": written to after it was closed");
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail_with("cannot be written", written < 0 ? errno : ENOSPC);
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
}

void AtomicFile::write(std::string_view text) { write(std::as_bytes(std::span(text))); }

void AtomicFile::commit() {
  GRAFT_CHECK(descriptor_ >= 0, call, path_.string(), ": committed twice");
  if (::fsync(descriptor_) != 0) fail_with("cannot be brought to the disk", errno);
  const int closed = ::close(descriptor_);
  descriptor_ = -1;
  if (closed != 0) fail_with("cannot be closed", errno);
  if (::rename(beside_.c_str(), path_.c_str()) != 0) fail_with("cannot be put in its place", errno);
  beside_.clear();
  sync_folder();
}

// Until then the rename itself may be lost with the power. Some file systems cannot sync a folder; that is
// theirs.
void AtomicFile::sync_folder() {
  const fs::path folder = path_.has_parent_path() ? path_.parent_path() : fs::path(".");
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  const int status = ::fsync(descriptor);
  const int error = errno;
  ::close(descriptor);
  GRAFT_CHECK(status == 0 || error == EINVAL || error == ENOTSUP, file, path_.string(),
              ": was written, but its folder cannot be brought to the disk: ",
              std::generic_category().message(error));
}

void AtomicFile::close_and_remove() noexcept {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
  if (!beside_.empty()) ::unlink(beside_.c_str());
  beside_.clear();
}

void AtomicFile::fail_with(const char* what, int error) {
  close_and_remove();
  fail(ErrorCode::file, path_.string(), ": ", what, ": ", std::generic_category().message(error),
       "; what was there before is unchanged");
}

}  // namespace graft
