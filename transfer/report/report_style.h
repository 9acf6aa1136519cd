#pragma once

#include <string_view>

namespace graft {

// The page's style sheet: light and dark, wide and narrow.
std::string_view report_style();

}  // namespace graft
