#pragma once

#include <array>
#include <string>

namespace graft {

// MEAN/STD (preprocess.h) of pixels that become value scale + offset. Error{format} naming the file where no
// preprocessing of graft's does that.
std::string pixel_text(const std::string& file, const std::array<double, 3>& scale,
                       const std::array<double, 3>& offset);

}  // namespace graft
