#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/error.h"
#include "transfer/weights/tensor_file.h"

// Weight files made by the tests themselves, byte by byte, so that they can also be made wrong.
namespace graft::test {

// Appends numbers as they lie in memory.
template <class T>
void append(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// A zip archive with stored or deflated entries. The public numbers go into the file unchecked.
struct ZipEntry {
  std::string name, content;
  bool deflate = false;
  std::string packed;  // filled by zip_entry()
  uint64_t size = 0, packed_size = 0;
  uint32_t crc = 0;
  uint16_t flags = 0, method = 0;
};
ZipEntry zip_entry(std::string name, std::string content, bool deflate = false);
std::string zip_file(const std::vector<ZipEntry>& entries, bool zip64 = false);

// Writes the instructions of a pickle.
struct PickleText {
  std::string bytes = std::string("\x80\x02", 2);
  PickleText& raw(std::string_view instructions);
  PickleText& text(std::string_view value);
  PickleText& integer(int64_t value);
  PickleText& integers(const std::vector<int64_t>& values);  // a tuple
  PickleText& global(std::string_view module, std::string_view name);
  PickleText& storage(std::string_view type, std::string_view key, int64_t count);
  PickleText& storage_in_old_file(std::string_view type, std::string_view key, int64_t count);
  // After a storage: the rest of a tensor whose '(' and function went before.
  PickleText& tensor(std::string_view type, std::string_view key, int64_t count, int64_t offset,
                     const std::vector<int64_t>& sizes, const std::vector<int64_t>& strides,
                     bool old = false);
  std::string end();
};

// A small network's tensors: float32, int64 and a transposed view; named as PyTorch would.
std::string sample_pickle(bool old = false);
std::string sample_torch_zip();
std::string sample_torch_legacy();
std::string sample_npz(bool deflate);
std::string sample_safetensors();
std::string npy(std::string_view dictionary, std::string_view data, int version = 1);

// Every kind of file above, under its name.
std::vector<std::pair<std::string, std::string>> all_samples();

// A torch zip of this data.pkl and storages 0, 1 ...
std::string torch_zip(const std::string& pickle, const std::vector<std::string>& storages);

// Reads a copy that ends where its memory ends, so that the sanitizer sees every step too far.
TensorFile read_copy(std::string_view bytes, const std::string& name = "sample");

// The message of the Error{format} that reading gives; "" where it succeeds.
std::string refusal(std::string_view bytes);

std::vector<float> values_of(const TensorFile& file, std::string_view name);
std::string file_content(const std::filesystem::path& path);

// A new empty folder, removed with its content at the end.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace graft::test
