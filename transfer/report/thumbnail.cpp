#include "transfer/report/thumbnail.h"

#include <algorithm>

#include "engine/check.h"

// Static, so that another copy of the library in the same program does not clash.
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h>

namespace graft {
namespace {

constexpr int jpeg_quality = 82;

// Mean of the source pixels [x0, x1) x [y0, y1), rounded.
void average(const uint8_t* pixels, int64_t row_bytes, int64_t x0, int64_t x1, int64_t y0, int64_t y1,
             uint8_t* out) {
  int64_t sum[3] = {};
  for (int64_t y = y0; y < y1; ++y)
    for (int64_t x = x0; x < x1; ++x)
      for (int c = 0; c < 3; ++c) sum[c] += pixels[y * row_bytes + 3 * x + c];
  const int64_t count = (x1 - x0) * (y1 - y0);
  for (int c = 0; c < 3; ++c) out[c] = static_cast<uint8_t>((sum[c] + count / 2) / count);
}

void append(void* context, void* data, int size) {
  const uint8_t* bytes = static_cast<const uint8_t*>(data);
  static_cast<std::vector<uint8_t>*>(context)->insert(static_cast<std::vector<uint8_t>*>(context)->end(),
                                                      bytes, bytes + size);
}

}  // namespace

std::vector<uint8_t> jpeg_thumbnail(const uint8_t* pixels, int64_t width, int64_t height, int64_t row_bytes,
                                    int64_t longest) {
  GRAFT_CHECK(pixels && width > 0 && height > 0 && row_bytes / 3 >= width && longest > 0 && longest <= 4096,
              call, "no thumbnail of side ", longest, " from ", width, " x ", height, " pixels in rows of ",
              row_bytes, " bytes");
  const int64_t side = std::max(width, height), target = std::min(side, longest);
  const int64_t w = std::max<int64_t>(1, width * target / side);
  const int64_t h = std::max<int64_t>(1, height * target / side);
  std::vector<uint8_t> small(static_cast<size_t>(3 * w * h));
  for (int64_t y = 0; y < h; ++y)
    for (int64_t x = 0; x < w; ++x)
      average(pixels, row_bytes, x * width / w, (x + 1) * width / w, y * height / h, (y + 1) * height / h,
              &small[static_cast<size_t>(3 * (y * w + x))]);

  std::vector<uint8_t> jpeg;
  const int done = stbi_write_jpg_to_func(append, &jpeg, static_cast<int>(w), static_cast<int>(h), 3,
                                          small.data(), jpeg_quality);
  GRAFT_CHECK(done && !jpeg.empty(), memory, "could not encode a thumbnail of ", w, " x ", h, " pixels");
  return jpeg;
}

}  // namespace graft
