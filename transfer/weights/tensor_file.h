#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/dtype.h"
#include "engine/shape.h"
#include "transfer/weights/bytes.h"

namespace graft {

// One tensor as a file holds it. data may lie at any address: read it through tensor_values.h.
struct NamedTensor {
  std::string name;
  DType dtype = DType::float32;
  Shape shape;                   // in the file's own order of dimensions
  std::vector<int64_t> strides;  // in elements, none negative; empty where row-major without gaps
  const std::byte* data = nullptr;

  bool dense() const { return strides.empty(); }
};

// The tensors of one weight file. Every element of every tensor has been checked to lie in the file;
// no tensor has more elements than its storage, so converting one costs what the file justifies.
class TensorFile {
 public:
  // Error{format} where two tensors share a name. The owners keep the tensors' bytes alive.
  TensorFile(std::string name, std::string_view format, std::vector<NamedTensor> tensors,
             std::vector<std::shared_ptr<const void>> owners,
             std::map<std::string, std::string> metadata = {});

  const std::string& name() const { return name_; }
  // Keeps every tensor's bytes alive.
  std::shared_ptr<const void> owner() const { return owners_; }
  std::string_view format() const { return format_; }  // "safetensors", "torch", "torch legacy", "npz", "npy"
  const std::vector<NamedTensor>& tensors() const { return tensors_; }  // in the file's order
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

  const NamedTensor* find(std::string_view name) const;  // null where there is none
  const NamedTensor& at(std::string_view name) const;    // Error{format} where there is none

 private:
  std::string name_;
  std::string_view format_;
  std::vector<NamedTensor> tensors_;
  std::shared_ptr<const std::vector<std::shared_ptr<const void>>> owners_;
  std::map<std::string, std::string> metadata_;
  std::map<std::string, size_t, std::less<>> index_;
};

// Reads safetensors, PyTorch's .pth/.pt (zip and the older plain one), .npz and .npy: told apart by content,
// never by extension; and folders of .npy (npy_folder.h). Files are mapped, not copied, but for deflated zip
// entries. Nothing in a file is executed. Error{file} where it cannot be read, Error{format} where its
// content is not what it must be.
TensorFile read_tensor_file(const std::filesystem::path& path);

// By the beginning, which is all that tells.
bool recognises_tensors(const FileBytes& file);
constexpr std::string_view tensor_formats =
    "safetensors, PyTorch .pth/.pt, NumPy .npz/.npy, a folder of .npy";

// The same from memory. The bytes live as long as owner does; with an empty owner the caller keeps them.
TensorFile read_tensor_bytes(std::span<const std::byte> bytes, std::shared_ptr<const void> owner,
                             std::string name_for_errors);

}  // namespace graft
