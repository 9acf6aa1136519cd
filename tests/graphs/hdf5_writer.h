#pragma once

#include <cstdint>
#include <string>
#include <vector>

// HDF5 files in memory, written by the HDF Group's library, which the tests alone link.
namespace graft::test {

class Hdf5Writer {
 public:
  explicit Hdf5Writer(bool latest_format = false);
  ~Hdf5Writer();
  Hdf5Writer(const Hdf5Writer&) = delete;
  Hdf5Writer& operator=(const Hdf5Writer&) = delete;

  enum class Text { variable, fixed };
  enum class Number { float32, float64, float16, int32, big_endian_float32 };
  enum class Storage { contiguous, compact, chunked, packed };

  // Groups on the way are made.
  void group(const std::string& path);
  void texts(const std::string& path, const std::string& attribute, const std::vector<std::string>& values,
             Text kind = Text::variable);
  void text(const std::string& path, const std::string& attribute, const std::string& value);
  void dataset(const std::string& path, const std::vector<uint64_t>& sizes, const std::vector<float>& values,
               Number number = Number::float32, Storage storage = Storage::contiguous);
  // Another name for a group that is there: `path` becomes `existing`.
  void link(const std::string& existing, const std::string& path);

  std::string bytes();

 private:
  int64_t file_;
};

}  // namespace graft::test
