#include "transfer/features/stored_rows.h"

#include <doctest/doctest.h>

#include <fstream>
#include <stdexcept>

#include "engine/error.h"
#include "support/picture_files.h"

namespace graft {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;

constexpr size_t row_bytes = 48;

std::vector<std::byte> row_of(int n) {
  std::vector<std::byte> row(row_bytes);
  for (size_t i = 0; i < row_bytes; ++i) row[i] = static_cast<std::byte>(n * 31 + static_cast<int>(i));
  return row;
}

Digest key_of(int n) { return digest_of("row " + std::to_string(n)); }

void add(StoredRows& rows, int first, int last) {
  for (int n = first; n < last; ++n) CHECK(rows.add(key_of(n), row_of(n)) == n);
}

int found(const StoredRows& rows, int count) {
  int sum = 0;
  for (int n = 0; n < count; ++n) {
    const auto row = rows.find(key_of(n));
    if (!row) continue;
    std::vector<std::byte> read(row_bytes);
    rows.read(*row, read);
    CHECK(read == row_of(n));
    ++sum;
  }
  return sum;
}

fs::path only_file(const fs::path& folder, const char* extension) {
  fs::path one;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == extension) {
      CHECK(one.empty());
      one = entry.path();
    }
  REQUIRE(!one.empty());
  return one;
}

void change_byte(const fs::path& path, std::streamoff at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(at);
  const char byte = static_cast<char>(file.get() ^ 1);
  file.seekp(at);
  file.put(byte);
}

std::string why_not_read(const StoredRows& rows, int64_t row) {
  std::vector<std::byte> out(row_bytes);
  try {
    rows.read(row, out);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

TEST_CASE("features: rows on disk are found by the next run, those of another description are not") {
  const TemporaryFolder folder;
  {
    StoredRows rows(folder.path(), "a", row_bytes);
    CHECK(rows.rejected().empty());
    add(rows, 0, 20);
    rows.finish();
    CHECK(found(rows, 20) == 20);
  }
  StoredRows again(folder.path(), "a", row_bytes), other(folder.path(), "b", row_bytes);
  CHECK(found(again, 30) == 20);
  CHECK(found(other, 30) == 0);
  add(again, 20, 25);
  again.finish();
  CHECK(found(again, 30) == 25);
  CHECK(again.rejected().empty());
}

TEST_CASE("features: a run that ends without a commit leaves what was committed") {
  const TemporaryFolder folder;
  {
    StoredRows rows(folder.path(), "a", row_bytes);
    add(rows, 0, 5);
    rows.commit();
    add(rows, 5, 9);
  }
  StoredRows again(folder.path(), "a", row_bytes);
  CHECK(again.rejected().empty());
  CHECK(found(again, 9) == 5);
  add(again, 5, 7);
  again.finish();
  CHECK(StoredRows(folder.path(), "a", row_bytes).rejected().empty());
}

TEST_CASE("features: an image that is there twice does not shift what follows it") {
  const TemporaryFolder folder;
  {
    StoredRows rows(folder.path(), "a", row_bytes);
    rows.add(key_of(0), row_of(0));
    rows.add(key_of(0), row_of(0));
    rows.add(key_of(1), row_of(1));
    rows.finish();
  }
  CHECK(found(StoredRows(folder.path(), "a", row_bytes), 2) == 2);
}

TEST_CASE("features: damage is told and never read") {
  const TemporaryFolder folder;
  {
    StoredRows rows(folder.path(), "a", row_bytes);
    add(rows, 0, 8);
    rows.finish();
  }
  const fs::path index = only_file(folder.path(), ".index"), rows_file = only_file(folder.path(), ".rows");
  SUBCASE("a row") {
    change_byte(rows_file, 3 * row_bytes + 7);
    const StoredRows rows(folder.path(), "a", row_bytes);
    CHECK(why_not_read(rows, 2).empty());
    CHECK(why_not_read(rows, 3) == rows_file.string() + ": row 3 is damaged; delete the file");
  }
  SUBCASE("any byte of the index") {
    const auto size = static_cast<std::streamoff>(fs::file_size(index));
    for (std::streamoff at = 0; at < size; ++at) {
      change_byte(index, at);
      const StoredRows rows(folder.path(), "a", row_bytes);
      CHECK_MESSAGE(rows.rejected().starts_with(index.string()), "byte ", at);
      CHECK(found(rows, 8) == 0);
      change_byte(index, at);
    }
  }
  SUBCASE("an index that is cut") {
    for (uintmax_t size = fs::file_size(index); size-- > 0;) {
      fs::resize_file(index, size);
      const StoredRows rows(folder.path(), "a", row_bytes);
      CHECK_MESSAGE(!rows.rejected().empty(), "of ", size, " bytes");
      CHECK(found(rows, 8) == 0);
    }
  }
  SUBCASE("rows that are cut") {
    fs::resize_file(rows_file, 8 * row_bytes - 1);
    const StoredRows rows(folder.path(), "a", row_bytes);
    CHECK(rows.rejected().starts_with(rows_file.string() + ": is shorter than its index says"));
    CHECK(found(rows, 8) == 0);
  }
  SUBCASE("rows that are cut while they are read") {
    const StoredRows rows(folder.path(), "a", row_bytes);
    fs::resize_file(rows_file, 4 * row_bytes);
    CHECK(why_not_read(rows, 3).empty());
    CHECK(why_not_read(rows, 4).find("the file ends before it") != std::string::npos);
  }
}

TEST_CASE("features: who would write waits for who writes") {
  const TemporaryFolder folder;
  StoredRows writes(folder.path(), "a", row_bytes);
  add(writes, 0, 3);
  struct Stopped {};
  CHECK_THROWS_AS(StoredRows(folder.path(), "a", row_bytes, [] { throw Stopped(); }), Stopped);
  StoredRows follows(folder.path(), "a", row_bytes, [&] { writes.finish(); });
  CHECK(found(follows, 3) == 3);
}

TEST_CASE("features: the oldest caches make room") {
  const TemporaryFolder folder;
  std::vector<fs::path> paths;
  for (int n = 0; n < 4; ++n) {
    StoredRows rows(folder.path(), "cache " + std::to_string(n), row_bytes);
    add(rows, 0, 10);
    rows.finish();
    paths.push_back(rows.path());
    fs::last_write_time(paths.back(), fs::file_time_type::clock::now() - std::chrono::hours(100 - n));
  }
  const auto kept = [&] {
    std::string list;
    for (const fs::path& path : paths) {
      CHECK(fs::exists(path) == fs::exists(fs::path(path).replace_extension(".index")));
      list += fs::exists(path) ? '+' : '-';
    }
    return list;
  };
  trim_stored_rows(folder.path(), 3 * 10 * row_bytes, paths[0]);
  CHECK(kept() == "++++");  // three beside the one to keep
  {
    const StoredRows in_use(folder.path(), "cache 1", row_bytes);
    trim_stored_rows(folder.path(), 2 * 10 * row_bytes, paths[0]);
    CHECK(kept() == "++-+");  // the oldest but one is being written
  }
  trim_stored_rows(folder.path(), 0, paths[0]);
  CHECK(kept() == "+---");
}

}  // namespace
}  // namespace graft
