#include "transfer/report/html_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "engine/bytes_text.h"

namespace graft {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view no_number = "\xE2\x80\x93";    // an en dash

bool continues(std::string_view bytes, size_t at) {
  return at < bytes.size() && (static_cast<uint8_t>(bytes[at]) & 0xC0) == 0x80;
}

// Length of the well-formed UTF-8 sequence at the front, 0 where there is none (Unicode 15, table 3-7).
size_t sequence_length(std::string_view bytes) {
  const uint8_t first = static_cast<uint8_t>(bytes[0]);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xC2 && first <= 0xDF   ? 2
                        : (first & 0xF0) == 0xE0         ? 3
                        : first >= 0xF0 && first <= 0xF4 ? 4
                                                         : 0;
  for (size_t i = 1; i < length; ++i)
    if (!continues(bytes, i)) return 0;
  if (length < 3) return length;
  const uint8_t second = static_cast<uint8_t>(bytes[1]);
  const bool too_long = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool surrogate = first == 0xED && second > 0x9F;
  const bool too_large = first == 0xF4 && second > 0x8F;
  return too_long || surrogate || too_large ? 0 : length;
}

// U+0080 to U+009F count as control characters too.
bool is_control(std::string_view sequence) {
  const uint8_t first = static_cast<uint8_t>(sequence[0]);
  if (sequence.size() == 2) return first == 0xC2 && static_cast<uint8_t>(sequence[1]) < 0xA0;
  return first == 0x7F || (first < 0x20 && first != '\n' && first != '\t');
}

template <class... Format>
std::string number_text(double value, Format... format) {
  if (std::isnan(value)) return std::string(no_number);
  if (std::isinf(value)) return value > 0 ? "\xE2\x88\x9E" : "-\xE2\x88\x9E";
  std::array<char, 400> buffer;  // a double has at most 309 digits before the point
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format...);
  return std::string(buffer.data(), end.ptr);
}

}  // namespace

std::string html_escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const size_t length = sequence_length(text);
    const std::string_view sequence = text.substr(0, std::max<size_t>(length, 1));
    text.remove_prefix(sequence.size());
    if (length == 0 || is_control(sequence)) {
      out += replacement;
      continue;
    }
    switch (sequence[0]) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += sequence;
    }
  }
  return out;
}

std::string base64(std::span<const uint8_t> bytes) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t have = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j) group = group << 8 | (j < have ? bytes[i + j] : 0);
    for (size_t j = 0; j < 4; ++j) out += j <= have ? digits[group >> (18 - 6 * j) & 63] : '=';
  }
  return out;
}

std::string fixed_text(double value, int decimals) {
  return number_text(value, std::chars_format::fixed, decimals);
}

std::string short_text(double value) { return number_text(value, std::chars_format::general, 4); }

std::string percent_text(double fraction, int decimals) {
  return std::isnan(fraction) ? std::string(no_number) : fixed_text(100 * fraction, decimals) + "\xC2\xA0%";
}

std::string count_text(int64_t count) {
  std::string digits = std::to_string(count);
  const size_t first = count < 0 ? 1 : 0;
  for (size_t i = digits.size(); i > first + 3; i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

std::string bytes_text(int64_t bytes) {
  const ScaledBytes scaled = scaled_bytes(static_cast<size_t>(bytes));
  return fixed_text(scaled.value, scaled.decimals) + "\xC2\xA0" + std::string(scaled.unit);
}

std::string duration_text(double seconds) {
  if (!(seconds < 1e15)) return std::string(no_number);
  const std::string space = "\xC2\xA0";
  if (seconds < 60) return fixed_text(seconds, seconds < 10 ? 2 : 1) + space + "s";
  const int64_t whole = std::llround(seconds), minutes = whole / 60;
  if (minutes < 60)
    return std::to_string(minutes) + space + "min " + std::to_string(whole % 60) + space + "s";
  return count_text(minutes / 60) + space + "h " + std::to_string(minutes % 60) + space + "min";
}

}  // namespace graft
