#pragma once

#include <string>
#include <string_view>

namespace graft {

// Code points of UTF-8 text; bytes that are none (file names may hold any) become U+FFFD each.
std::u32string from_utf8(std::string_view text);

}  // namespace graft
