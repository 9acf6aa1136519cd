#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <vector>

#include "transfer/features/feature_rows.h"
#include "transfer/features/row_index.h"

namespace graft {

// On disk, for later runs: NAME.rows, the rows one behind the other, and NAME.index, which says what they are
// (row_index.h). NAME is the digest of the description of what computes the rows.
//
// Rows are only ever added, behind those that the index has, and the index is replaced after the rows have
// reached the disk: a run that is killed leaves what the last commit() had. Each row is checked when it is
// read. Rows are read by pread and not by mapping the file: only what a batch needs is then in memory, and a
// file that somebody shortens is an error instead of a signal. One run writes at a time; others wait for it,
// then find its rows.
class StoredRows final : public FeatureRows {
 public:
  // Waits while another run writes; `waiting` may throw. A damaged index is passed over, with the reason in
  // rejected(). Error{file} where the folder cannot be used.
  StoredRows(const std::filesystem::path& folder, const std::string& description, size_t row_bytes,
             const std::function<void()>& waiting = {});
  StoredRows(const StoredRows&) = delete;

  const std::string& rejected() const { return rejected_; }
  const std::filesystem::path& path() const { return rows_path_; }

  bool keyed() const override { return true; }
  std::optional<int64_t> find(const Digest& key) const override;
  int64_t add(const Digest& key, std::span<const std::byte> row) override;
  void read(int64_t row, std::span<std::byte> out) const override;
  void commit() override;
  void finish() override;  // others may write from here on

 private:
  void open(const std::function<void()>& waiting);

  std::filesystem::path rows_path_, index_path_;
  RowIndex index_;
  std::string rejected_;
  std::map<Digest, int64_t> rows_;  // the first of a key
  struct OpenFile {
    int descriptor = -1;
    ~OpenFile();  // gives the lock back too
  } file_;
  size_t uncommitted_ = 0;  // bytes
};

// Deletes the caches in the folder that were written longest ago until the others take at most `limit` bytes.
// The one at `keep`, and those being written, stay.
void trim_stored_rows(const std::filesystem::path& folder, uintmax_t limit,
                      const std::filesystem::path& keep);

}  // namespace graft
