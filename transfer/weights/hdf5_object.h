#pragma once

#include <optional>
#include <vector>

#include "engine/dtype.h"
#include "engine/shape.h"
#include "transfer/weights/hdf5_bytes.h"

namespace graft {

// What an object's header says, message by message.
struct Hdf5Message {
  enum Type : uint16_t {
    dataspace = 0x01,
    link_info = 0x02,
    datatype = 0x03,
    layout = 0x08,
    filters = 0x0b,
    attribute = 0x0c,
    continuation = 0x10,
    symbol_table = 0x11,
  };

  uint16_t type;
  std::span<const std::byte> body;
};

std::vector<Hdf5Message> read_object(Hdf5Bytes& bytes, uint64_t address);
std::optional<Hdf5Message> find_message(const std::vector<Hdf5Message>& object, Hdf5Message::Type type);

struct Hdf5Type {
  enum Kind : uint8_t { number, fixed_text, heap_text, other } kind = other;
  DType dtype = DType::float32;  // of a number
  uint32_t size = 0;             // bytes of an element
};

// Each reads one message's body; `name` is the file's, for errors.
Hdf5Type read_datatype(std::string_view name, std::span<const std::byte> body);
// Sizes; none for a single value, and one 0 for a space without any.
std::vector<int64_t> read_dataspace(std::string_view name, std::span<const std::byte> body);
// Where a dataset's values lie: contiguous or compact; Error{format} for the other layouts.
std::span<const std::byte> read_layout(Hdf5Bytes& bytes, std::string_view path,
                                       std::span<const std::byte> body);

struct Hdf5Attribute {
  std::string_view name;
  Hdf5Type type;
  uint64_t count = 0;  // elements, all of them in `values`
  std::span<const std::byte> values;
};

Hdf5Attribute read_attribute(std::string_view name, std::span<const std::byte> body);

}  // namespace graft
