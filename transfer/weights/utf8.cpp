#include "transfer/weights/utf8.h"

namespace graft {

namespace {

constexpr char32_t none = 0xffffffff;

// The code point at the beginning, taken away; none where one byte is not the beginning of any. RFC 3629:
// shortest form only, no surrogates.
char32_t take(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text[0]);
  const size_t length = first < 0x80       ? 1
                        : first >> 5 == 6  ? 2
                        : first >> 4 == 14 ? 3
                        : first >> 3 == 30 ? 4
                                           : 0;
  constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  char32_t point = length == 1 ? first : first & (0x7fu >> length);
  bool sound = length > 0 && length <= text.size();
  for (size_t i = 1; sound && i < length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    sound = byte >> 6 == 2;
    point = point << 6 | (byte & 0x3f);
  }
  sound = sound && point >= least[length] && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
  text.remove_prefix(sound ? length : 1);
  return sound ? point : none;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty())
    if (take(text) == none) return false;
  return true;
}

std::u32string from_utf8(std::string_view text) {
  std::u32string points;
  while (!text.empty()) {
    const char32_t point = take(text);
    points += point == none ? U'\ufffd' : point;
  }
  return points;
}

}  // namespace graft
