#include "transfer/graphs/caffe/wire.h"

namespace graft {

uint64_t WireReader::varint() {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const uint64_t part = in_.read<uint8_t>();
    value |= (part & 0x7f) << shift;
    if (part < 0x80) return value;
  }
  fail(ErrorCode::format, name_, ": has a number of more than 64 bits at byte ", in_.position(),
       "; the file is damaged");
}

bool WireReader::next(WireField& field) {
  if (at_end()) return false;
  const uint64_t tag = varint();
  field = {.number = tag >> 3, .type = static_cast<WireField::Type>(tag & 7), .value = 0, .content = {}};
  GRAFT_CHECK(field.number > 0 && field.number < (uint64_t{1} << 29), format, name_,
              ": has a field of no possible number before byte ", in_.position(), "; the file is damaged");
  switch (field.type) {
    case WireField::varint: field.value = varint(); return true;
    case WireField::fixed64: field.content = in_.take(8); return true;
    case WireField::bytes: field.content = in_.take(varint()); return true;
    case WireField::fixed32: field.content = in_.take(4); return true;
  }
  fail(ErrorCode::format, name_, ": has a field of no possible type before byte ", in_.position(),
       "; the file is damaged");
}

}  // namespace graft
