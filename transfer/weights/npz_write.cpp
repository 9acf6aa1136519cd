#include "transfer/weights/npz_write.h"

#include <zlib.h>

#include <algorithm>

#include "engine/check.h"
#include "transfer/weights/atomic_file.h"
#include "transfer/weights/utf8.h"

namespace graft {

namespace {

constexpr uint32_t in_zip64 = 0xffffffffu;  // the number is in the entry's zip64 field
constexpr uint16_t zip64_version = 45, zip64_field = 1;

std::string numpy_type(const NamedTensor& tensor) {
  switch (tensor.dtype) {
    case DType::float32: return "<f4";
    case DType::float64: return "<f8";
    case DType::float16: return "<f2";
    case DType::int8: return "|i1";
    case DType::uint8: return "|u1";
    case DType::int16: return "<i2";
    case DType::int32: return "<i4";
    case DType::int64: return "<i8";
    case DType::bfloat16: break;
  }
  fail(ErrorCode::call, tensor.name, ": NumPy has no ", name_of(tensor.dtype),
       "; write safetensors, or float32");
}

// Version 1.0 of the format: padded so that the elements begin at a multiple of 64.
std::string npy_beginning(const std::string& type, std::span<const int64_t> sizes) {
  std::string shape;
  for (int64_t size : sizes) shape += text(size, ",");
  std::string header = text("{'descr': '", type, "', 'fortran_order': False, 'shape': (", shape, "), }");
  constexpr size_t before = 10, alignment = 64;
  header.resize((before + header.size() + 1 + alignment - 1) / alignment * alignment - before - 1, ' ');
  header += '\n';
  GRAFT_CHECK(header.size() <= 0xffff, call, "an array of ", sizes.size(), " dimensions cannot be written");
  const auto length = static_cast<uint16_t>(header.size());
  std::string beginning("\x93NUMPY\x01\x00", 8);
  beginning.append(reinterpret_cast<const char*>(&length), sizeof length);
  return beginning + header;
}

// The zip archive, entry by entry. APPNOTE.TXT 6.3: every entry has zip64 fields, so that none can be too
// large.
class ZipWriter {
 public:
  explicit ZipWriter(const std::filesystem::path& path) : file_(path) {}

  void add(const std::string& name, std::string_view beginning, std::span<const std::byte> elements) {
    const uint64_t size = beginning.size() + elements.size(), offset = position_;
    uLong crc = crc32_z(0, reinterpret_cast<const Bytef*>(beginning.data()), beginning.size());
    crc = crc32_z(crc, reinterpret_cast<const Bytef*>(elements.data()), elements.size());
    number(uint32_t{0x04034b50});
    entry_fields(name, static_cast<uint32_t>(crc), 20);
    put(name);
    number(zip64_field), number(uint16_t{16}), number(size), number(size);
    put(beginning);
    put(as_text(elements));
    directory_.push_back({name, static_cast<uint32_t>(crc), size, offset});
  }

  void finish() {
    const uint64_t begin = position_;
    for (const Entry& entry : directory_) {
      number(uint32_t{0x02014b50});
      number(zip64_version);
      entry_fields(entry.name, entry.crc, 28);
      number(uint16_t{0}), number(uint16_t{0}), number(uint16_t{0});  // comment, disk, internal attributes
      number(uint32_t{0});                                            // external attributes
      number(in_zip64);
      put(entry.name);
      number(zip64_field), number(uint16_t{24}), number(entry.size), number(entry.size), number(entry.offset);
    }
    const uint64_t end = position_;
    number(uint32_t{0x06064b50}), number(uint64_t{44}), number(zip64_version), number(zip64_version);
    number(uint32_t{0}), number(uint32_t{0});  // disks
    number(uint64_t{directory_.size()}), number(uint64_t{directory_.size()}), number(end - begin),
        number(begin);
    number(uint32_t{0x07064b50}), number(uint32_t{0}), number(end), number(uint32_t{1});
    number(uint32_t{0x06054b50}), number(uint32_t{0}), number(uint16_t{0xffff}), number(uint16_t{0xffff});
    number(in_zip64), number(in_zip64), number(uint16_t{0});
    file_.commit();
  }

 private:
  struct Entry {
    std::string name;
    uint32_t crc;
    uint64_t size, offset;
  };

  // What the headers of an entry in both places share; the time is 1980, the least there is.
  void entry_fields(const std::string& name, uint32_t crc, uint16_t extra_bytes) {
    number(zip64_version), number(uint16_t{0x0800}), number(uint16_t{0});  // names are UTF-8, stored
    number(uint16_t{0}), number(uint16_t{0x21}), number(crc), number(in_zip64), number(in_zip64);
    number(static_cast<uint16_t>(name.size())), number(extra_bytes);
  }

  void put(std::string_view bytes) {
    file_.write(bytes);
    position_ += bytes.size();
  }
  template <class T>
  void number(T value) {
    put({reinterpret_cast<const char*>(&value), sizeof value});
  }

  AtomicFile file_;
  uint64_t position_ = 0;
  std::vector<Entry> directory_;
};

void add_texts(ZipWriter& zip, const std::string& name, const std::vector<std::string>& texts) {
  std::vector<std::u32string> wide;
  size_t longest = 1;
  for (const std::string& one : texts) {
    wide.push_back(from_utf8(one));
    longest = std::max(longest, wide.back().size());
  }
  std::u32string elements;
  for (std::u32string& one : wide) elements += one, elements.resize(elements.size() + longest - one.size());
  const int64_t count = static_cast<int64_t>(texts.size());
  zip.add(name + ".npy", npy_beginning(text("<U", longest), {{count}}), std::as_bytes(std::span(elements)));
}

}  // namespace

void write_npz(const std::filesystem::path& path, std::span<const NamedTensor> tensors,
               const std::map<std::string, std::vector<std::string>>& texts) {
  ZipWriter zip(path);
  for (const NamedTensor& tensor : tensors) {
    const std::vector<int64_t> sizes(tensor.shape.begin(), tensor.shape.end());
    const size_t bytes = static_cast<size_t>(tensor.shape.count()) * size_of(tensor.dtype);
    zip.add(tensor.name + ".npy", npy_beginning(numpy_type(tensor), sizes), {tensor.data, bytes});
  }
  for (const auto& [name, list] : texts) add_texts(zip, name, list);
  zip.finish();
}

}  // namespace graft
