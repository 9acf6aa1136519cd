#pragma once

#include <cstdint>
#include <vector>

namespace graft {

// A small JPEG file of an RGB image: `pixels` is [height, width, 3] with `row_bytes` >= 3 * width between
// rows. Shrunk by area average so that its longer side is at most `longest`; never enlarged. Error(call) for
// sizes that are not positive or do not fit.
std::vector<uint8_t> jpeg_thumbnail(const uint8_t* pixels, int64_t width, int64_t height, int64_t row_bytes,
                                    int64_t longest = 192);

}  // namespace graft
