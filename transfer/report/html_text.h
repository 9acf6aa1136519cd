#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace graft {

// For text and quoted attributes: & < > " ' escaped; bytes that are not UTF-8 and control characters become
// U+FFFD.
std::string html_escape(std::string_view);

std::string base64(std::span<const uint8_t>);

// Numbers for people, whatever the locale of the program. NaN is a dash.
std::string fixed_text(double, int decimals);
std::string short_text(double);                               // up to four significant digits
std::string percent_text(double fraction, int decimals = 1);  // "93.4 %"
std::string count_text(int64_t);                              // "4,652,008"
std::string bytes_text(int64_t);                              // "412 MiB"
std::string duration_text(double seconds);                    // "3 min 12 s"

}  // namespace graft
