#include "transfer/features/stored_rows.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "engine/check.h"

namespace graft {

namespace fs = std::filesystem;

namespace {

constexpr size_t commit_bytes = size_t{64} << 20;  // what a killed run loses at most

std::string description_with_size(const std::string& description, size_t row_bytes) {
  return text(description, "\nrow bytes ", row_bytes);
}

}  // namespace

StoredRows::StoredRows(const fs::path& folder, const std::string& description, size_t row_bytes,
                       const std::function<void()>& waiting) {
  const std::string name = hex(digest_of(description_with_size(description, row_bytes)));
  rows_path_ = folder / (name + ".rows");
  index_path_ = folder / (name + ".index");
  index_.description = description;
  index_.row_bytes = row_bytes;
  std::error_code error;
  fs::create_directories(folder, error);
  GRAFT_CHECK(!error, file, folder.string(), ": cannot be made: ", error.message());
  open(waiting);
  struct stat status {};
  ::fstat(file_.descriptor, &status);
  if (fs::exists(index_path_)) try {
      index_.read(index_path_);
      GRAFT_CHECK(static_cast<uint64_t>(status.st_size) / row_bytes >= index_.entries.size(), format,
                  rows_path_.string(), ": is shorter than its index says");
    } catch (const Error& damage) {
      rejected_ = text(damage.what(), "; its features are computed anew");
      index_.entries.clear();
    }
  for (size_t row = 0; row < index_.entries.size(); ++row)
    rows_.emplace(index_.entries[row].key, static_cast<int64_t>(row));
}

StoredRows::OpenFile::~OpenFile() {
  if (descriptor >= 0) ::close(descriptor);
}

// The lock belongs to the open file: it ends with the process, however that ends.
void StoredRows::open(const std::function<void()>& waiting) {
  file_.descriptor = ::open(rows_path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  GRAFT_CHECK(file_.descriptor >= 0, file, rows_path_.string(), ": cannot be opened: ", std::strerror(errno));
  while (::flock(file_.descriptor, LOCK_EX | LOCK_NB) != 0) {
    GRAFT_CHECK(errno == EWOULDBLOCK || errno == EINTR, file, rows_path_.string(),
                ": cannot be locked: ", std::strerror(errno), "; use --cache memory");
    if (waiting) waiting();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

std::optional<int64_t> StoredRows::find(const Digest& key) const {
  const auto found = rows_.find(key);
  return found == rows_.end() ? std::nullopt : std::optional(found->second);
}

int64_t StoredRows::add(const Digest& key, std::span<const std::byte> row) {
  const auto number = static_cast<int64_t>(index_.entries.size());
  for (size_t done = 0; done < row.size();) {
    const ssize_t wrote = ::pwrite(file_.descriptor, row.data() + done, row.size() - done,
                                   static_cast<off_t>(number * row.size() + done));
    if (wrote < 0 && errno == EINTR) continue;
    GRAFT_CHECK(wrote > 0, file, rows_path_.string(), ": cannot be written: ", std::strerror(errno),
                "; make room, or use --cache memory or off");
    done += static_cast<size_t>(wrote);
  }
  index_.entries.push_back({key, digest_of(row)});
  rows_.emplace(key, number);
  uncommitted_ += row.size();
  if (uncommitted_ >= commit_bytes) commit();
  return number;
}

void StoredRows::read(int64_t row, std::span<std::byte> out) const {
  for (size_t done = 0; done < out.size();) {
    const ssize_t got = ::pread(file_.descriptor, out.data() + done, out.size() - done,
                                static_cast<off_t>(row * out.size() + done));
    if (got < 0 && errno == EINTR) continue;
    GRAFT_CHECK(got > 0, file, rows_path_.string(), ": row ", row,
                " cannot be read: ", got < 0 ? std::strerror(errno) : "the file ends before it",
                "; delete the file");
    done += static_cast<size_t>(got);
  }
  GRAFT_CHECK(digest_of(out) == index_.entries[row].content, format, rows_path_.string(), ": row ", row,
              " is damaged; delete the file");
}

void StoredRows::commit() {
  if (uncommitted_ == 0) return;
  GRAFT_CHECK(::fdatasync(file_.descriptor) == 0, file, rows_path_.string(),
              ": cannot be brought to the disk: ", std::strerror(errno));
  index_.write(index_path_);
  uncommitted_ = 0;
}

void StoredRows::finish() {
  commit();
  ::flock(file_.descriptor, LOCK_UN);
}

void trim_stored_rows(const fs::path& folder, uintmax_t limit, const fs::path& keep) {
  struct Cache {
    fs::file_time_type written;
    fs::path rows;
    uintmax_t bytes;
  };
  std::vector<Cache> caches;
  uintmax_t sum = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".rows" || entry.path() == keep) continue;
    caches.push_back({entry.last_write_time(), entry.path(), entry.file_size()});
    sum += caches.back().bytes;
  }
  std::ranges::sort(caches, {}, &Cache::written);
  for (const Cache& cache : caches) {
    if (sum <= limit) return;
    const int descriptor = ::open(cache.rows.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) continue;
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
      fs::remove(fs::path(cache.rows).replace_extension(".index"));
      fs::remove(cache.rows);
      sum -= cache.bytes;
    }
    ::close(descriptor);
  }
}

}  // namespace graft
