#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "transfer/weights/hdf5_object.h"
#include "transfer/weights/tensor_file.h"

namespace graft {

bool looks_like_hdf5(std::span<const std::byte> bytes);

// What h5py writes unless asked for another version: superblock 0 or 1, groups as symbol tables, contiguous
// or compact datasets, attributes in object headers ("HDF5 File Format Specification", version 3.0). Nothing
// is copied. Error{format} where a range leaves the file, where anything else is met, and where reading takes
// more steps than the file has bytes. Paths begin at the root: "layers/conv2d", and "" is the root itself.
class Hdf5File {
 public:
  explicit Hdf5File(const FileBytes& file);

  const FileBytes& file() const { return bytes_.file(); }

  bool has(std::string_view path) { return find(path) != no_address; }
  // Names in a group, in the file's order: by name. Error{format} where there is no such group.
  std::vector<std::string_view> names(std::string_view path);
  // An attribute's strings; empty where there is no such attribute or it holds none.
  std::vector<std::string_view> texts(std::string_view path, std::string_view attribute);
  // An attribute of one string; empty where there is none.
  std::string_view text(std::string_view path, std::string_view attribute);
  // Named as its path is. Its bytes live as long as the file's.
  NamedTensor dataset(std::string_view path);

 private:
  using Links = std::map<std::string_view, uint64_t>;
  using Objects = std::map<uint16_t, std::span<const std::byte>>;  // of a global heap's collection
  static constexpr uint64_t no_address = ~uint64_t{0};

  uint64_t find(std::string_view path);
  uint64_t find_or_fail(std::string_view path);
  const Links& links(uint64_t group);
  std::vector<std::string_view> strings(const Hdf5Attribute& attribute);
  std::string_view heap_string(ByteReader& element);
  const Objects& heap_objects(uint64_t collection);

  Hdf5Bytes bytes_;
  uint64_t root_ = 0;
  std::map<uint64_t, Links> groups_;
  std::map<uint64_t, Objects> heaps_;
};

}  // namespace graft
