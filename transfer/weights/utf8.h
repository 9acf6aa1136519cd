#pragma once

#include <string>
#include <string_view>

namespace graft {

// Whether the text is valid UTF-8 (RFC 3629), as what is written into model files and reports must be.
bool is_utf8(std::string_view text);

// Code points of UTF-8 text; bytes that are none (file names may hold any) become U+FFFD each.
std::u32string from_utf8(std::string_view text);

}  // namespace graft
