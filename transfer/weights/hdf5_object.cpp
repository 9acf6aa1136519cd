#include "transfer/weights/hdf5_object.h"

#include <algorithm>

namespace graft {
namespace {

// A range of messages; continuations append further ones.
struct Chunk {
  uint64_t address, length;
};

void read_messages(Hdf5Bytes& bytes, const Chunk& chunk, std::vector<Hdf5Message>& messages,
                   std::vector<Chunk>& chunks) {
  ByteReader whole = bytes.at(chunk.address);
  ByteReader in(bytes.file().name, whole.take(chunk.length));
  constexpr uint64_t head = 8;
  while (in.left() >= head) {
    bytes.spend(1);
    const auto type = in.read<uint16_t>();
    const auto size = in.read<uint16_t>();
    const auto flags = in.read<uint8_t>();
    in.take(3);
    const std::span<const std::byte> body = in.take(size);
    if (type == Hdf5Message::continuation) {
      ByteReader next(bytes.file().name, body);
      const auto address = next.read<uint64_t>();
      chunks.push_back({address, next.read<uint64_t>()});
    } else {
      constexpr uint8_t shared = 2;  // the message stands in another object
      if (!(flags & shared)) messages.push_back({type, body});
    }
  }
}

// Of one size whose bits are stored as IEEE 754 and bfloat16 have it: exponent and fraction.
DType float_type(std::string_view name, uint32_t size, uint8_t exponent, uint8_t fraction) {
  if (size == 4 && exponent == 8 && fraction == 23) return DType::float32;
  if (size == 8 && exponent == 11 && fraction == 52) return DType::float64;
  if (size == 2 && exponent == 5 && fraction == 10) return DType::float16;
  if (size == 2 && exponent == 8 && fraction == 7) return DType::bfloat16;
  fail(ErrorCode::format, name, ": holds numbers of ", size, " bytes with ", int{exponent},
       " bits of exponent; graft reads float16, bfloat16, float32 and float64");
}

std::optional<DType> integer_type(uint32_t size, bool is_signed) {
  if (size == 1) return is_signed ? DType::int8 : DType::uint8;
  if (!is_signed) return {};
  if (size == 2) return DType::int16;
  if (size == 4) return DType::int32;
  if (size == 8) return DType::int64;
  return {};
}

uint64_t padded(uint64_t size) { return (size + 7) / 8 * 8; }

}  // namespace

std::vector<Hdf5Message> read_object(Hdf5Bytes& bytes, uint64_t address) {
  ByteReader in = bytes.at(address);
  const auto version = in.read<uint8_t>();
  GRAFT_CHECK(
      version == 1, format, bytes.file().name, ": has an object of version ", int{version},
      " where graft reads those that h5py writes unless told otherwise; save it again without libver, "
      "or the file is damaged");
  in.take(7);
  const auto length = in.read<uint32_t>();
  std::vector<Chunk> chunks{{address + 16, length}};
  std::vector<Hdf5Message> messages;
  for (size_t i = 0; i < chunks.size(); ++i) read_messages(bytes, Chunk(chunks[i]), messages, chunks);
  return messages;
}

std::optional<Hdf5Message> find_message(const std::vector<Hdf5Message>& object, Hdf5Message::Type type) {
  const auto found = std::find_if(object.begin(), object.end(),
                                  [&](const Hdf5Message& message) { return message.type == type; });
  return found == object.end() ? std::nullopt : std::optional(*found);
}

Hdf5Type read_datatype(std::string_view name, std::span<const std::byte> body) {
  ByteReader in(name, body);
  const auto kind = static_cast<uint8_t>(in.read<uint8_t>() & 0x0f);
  const auto bits = in.read<uint8_t>();
  in.take(2);
  Hdf5Type type{.size = in.read<uint32_t>()};
  constexpr uint8_t big_endian = 1, is_signed = 8;
  enum : uint8_t { integer = 0, floating = 1, text = 3, variable = 9 };
  if (kind == integer && !(bits & big_endian)) {
    const std::optional<DType> dtype = integer_type(type.size, bits & is_signed);
    if (dtype) type = {Hdf5Type::number, *dtype, type.size};
  } else if (kind == floating && !(bits & big_endian)) {
    in.take(5);  // bit offset, precision, place of the exponent
    const auto exponent = in.read<uint8_t>();
    in.take(1);
    type = {Hdf5Type::number, float_type(name, type.size, exponent, in.read<uint8_t>()), type.size};
  } else if (kind == text) {
    type.kind = Hdf5Type::fixed_text;
  } else if (kind == variable && (bits & 0x0f) == 1 && type.size == 16) {
    type.kind = Hdf5Type::heap_text;
  }
  return type;
}

std::vector<int64_t> read_dataspace(std::string_view name, std::span<const std::byte> body) {
  ByteReader in(name, body);
  const auto version = in.read<uint8_t>();
  const auto rank = in.read<uint8_t>();
  GRAFT_CHECK(version == 1 || version == 2, format, name, ": has a dataspace of version ", int{version},
              "; the file is damaged");
  in.take(1);
  constexpr uint8_t without_values = 2;
  if (version == 1)
    in.take(5);
  else if (in.read<uint8_t>() == without_values)
    return {0};
  std::vector<int64_t> sizes;
  for (int i = 0; i < rank; ++i) sizes.push_back(in.read<int64_t>());
  return sizes;
}

std::span<const std::byte> read_layout(Hdf5Bytes& bytes, std::string_view path,
                                       std::span<const std::byte> body) {
  ByteReader in(bytes.file().name, body);
  const auto version = in.read<uint8_t>();
  const auto kind = in.read<uint8_t>();
  enum : uint8_t { compact = 0, contiguous = 1 };
  GRAFT_CHECK(
      (version == 3 || version == 4) && (kind == compact || kind == contiguous), format, bytes.file().name,
      ": ", printable(path),
      ": is stored in chunks, or by an HDF5 before 1.6.3; graft reads contiguous data (h5repack -l CONTI)");
  if (kind == compact) return in.take(in.read<uint16_t>());
  const auto address = in.read<uint64_t>();
  const auto size = in.read<uint64_t>();
  return size == 0 ? std::span<const std::byte>() : bytes.at(address).take(size);
}

Hdf5Attribute read_attribute(std::string_view name, std::span<const std::byte> body) {
  ByteReader in(name, body);
  const auto version = in.read<uint8_t>();
  const auto flags = in.read<uint8_t>();
  const auto name_size = in.read<uint16_t>(), type_size = in.read<uint16_t>(),
             space_size = in.read<uint16_t>();
  if (version == 3) in.take(1);  // the name's encoding
  Hdf5Attribute out;
  if (version < 1 || version > 3 || (version > 1 && flags)) return out;
  const auto part = [&](uint64_t size) { return in.take(version == 1 ? padded(size) : size).first(size); };
  out.name = as_text(part(name_size));
  out.name = out.name.substr(0, out.name.find('\0'));
  out.type = read_datatype(name, part(type_size));
  out.count = 1;
  for (const int64_t size : read_dataspace(name, part(space_size)))
    GRAFT_CHECK(!__builtin_mul_overflow(out.count, static_cast<uint64_t>(size), &out.count), format, name,
                ": attribute '", printable(out.name), "' has too many elements; the file is damaged");
  out.values = in.take(in.left());
  GRAFT_CHECK(out.type.size == 0 || out.count <= out.values.size() / out.type.size, format, name,
              ": attribute '", printable(out.name), "' says it has ", out.count,
              " elements, which it has not; the file is damaged");
  return out;
}

}  // namespace graft
