#pragma once

#include "transfer/weights/bytes.h"

namespace graft {

// One field of a protocol buffer message, as its encoding has it (protobuf.dev/programming-guides/encoding).
struct WireField {
  enum Type : uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };
  uint64_t number = 0;
  Type type = varint;
  uint64_t value = 0;                  // of a varint
  std::span<const std::byte> content;  // of the others
};

// The fields of a message in turn, without copying. Error{format} where they leave the message.
class WireReader {
 public:
  WireReader(std::string_view name, std::span<const std::byte> message) : in_(name, message), name_(name) {}

  bool next(WireField& field);  // false at the end
  uint64_t varint();
  bool at_end() const { return in_.left() == 0; }

 private:
  ByteReader in_;
  std::string_view name_;
};

}  // namespace graft
