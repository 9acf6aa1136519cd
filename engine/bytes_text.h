#pragma once

#include <cstddef>
#include <string>

namespace graft {

// For people: "12.3 GiB", "640 MiB", "17 KiB".
std::string bytes_text(size_t bytes);

}  // namespace graft
