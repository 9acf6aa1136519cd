#include "transfer/image/resize.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine/check.h"

// Integer arithmetic, so that wider vectors change the speed and never the pixels. The choice is made while
// the program is being linked, before a sanitizer's runtime is ready for it.
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define GRAFT_WIDE_VECTORS __attribute__((target_clones("avx2", "default")))
#else
#define GRAFT_WIDE_VECTORS
#endif

namespace graft {
namespace {

// One row along x. `wide` is scratch for the row as four 32-bit channels a pixel, which the compiler can
// keep in one vector register.
GRAFT_WIDE_VECTORS
void resize_row(const uint8_t* in, int in_begin, int in_end, const ResampleTaps& taps, int32_t* wide,
                uint8_t* out) {
  for (int x = in_begin; x < in_end; ++x)
    for (int c = 0; c < 3; ++c) wide[4 * (x - in_begin) + c] = in[3 * x + c];
  const int places = static_cast<int>(taps.first.size());
  for (int place = 0; place < places; ++place) {
    const int32_t* weight = &taps.weight[static_cast<size_t>(place) * taps.most];
    const int32_t* pixel = wide + 4 * (taps.first[place] - in_begin);
    int32_t sum[4] = {resample_half, resample_half, resample_half, resample_half};
    for (int i = 0; i < taps.count[place]; ++i)
      for (int c = 0; c < 4; ++c) sum[c] += pixel[4 * i + c] * weight[i];
    for (int c = 0; c < 3; ++c) out[3 * place + c] = resampled_pixel(sum[c]);
  }
}

// One row of output from `count` rows of input, each `bytes` long.
GRAFT_WIDE_VECTORS
void blend_rows(const uint8_t* in, size_t stride, int count, const int32_t* weight, int32_t* sum, int bytes,
                uint8_t* out) {
  for (int i = 0; i < bytes; ++i) sum[i] = resample_half;
  for (int row = 0; row < count; ++row) {
    const uint8_t* pixel = in + row * stride;
    const int32_t w = weight[row];
    for (int i = 0; i < bytes; ++i) sum[i] += pixel[i] * w;
  }
  for (int i = 0; i < bytes; ++i) out[i] = resampled_pixel(sum[i]);
}

// Rows [begin, begin + rows) of the source, resized along x to the window's columns.
Image resize_columns(const RgbView& source, int begin, int rows, int width, Filter filter,
                     const Window& window) {
  Image out{window.width, rows, std::vector<uint8_t>(static_cast<size_t>(window.width) * rows * 3)};
  const size_t out_row = static_cast<size_t>(window.width) * 3;
  if (width == source.width) {  // a pass that changes nothing is skipped
    const RgbView same = crop(source, window.left, begin, window.width, rows);
    for (int y = 0; y < rows; ++y) std::memcpy(&out.rgb[y * out_row], same.rgb + y * same.row_bytes, out_row);
    return out;
  }
  const ResampleTaps taps = make_resample_taps(source.width, width, window.left, window.width, filter);
  const int in_begin = taps.first.front();
  const int in_end = taps.first.back() + taps.count.back();
  std::vector<int32_t> wide(static_cast<size_t>(in_end - in_begin) * 4);
  for (int y = 0; y < rows; ++y)
    resize_row(source.rgb + (begin + y) * source.row_bytes, in_begin, in_end, taps, wide.data(),
               &out.rgb[y * out_row]);
  return out;
}

}  // namespace

std::string_view filter_name(Filter filter) {
  return filter == Filter::box ? "box" : filter == Filter::bilinear ? "bilinear" : "bicubic";
}

Image resize(const RgbView& source, int width, int height, Filter filter, const Window& window) {
  GRAFT_CHECK(source.width > 0 && source.height > 0 && width > 0 && height > 0, shape, "cannot resize ",
              source.width, " x ", source.height, " to ", width, " x ", height, "; sizes must be at least 1");
  GRAFT_CHECK(window.left >= 0 && window.top >= 0 && window.width > 0 && window.height > 0 &&
                  window.width <= width - window.left && window.height <= height - window.top,
              shape, "the window ", window.width, " x ", window.height, " at ", window.left, ",", window.top,
              " is not inside the resized ", width, " x ", height);
  if (height == source.height)
    return resize_columns(source, window.top, window.height, width, filter, window);

  const ResampleTaps taps = make_resample_taps(source.height, height, window.top, window.height, filter);
  const int begin = taps.first.front();
  const int rows = taps.first.back() + taps.count.back() - begin;
  const Image columns = resize_columns(source, begin, rows, width, filter, window);
  const int row_bytes = window.width * 3;
  Image out{window.width, window.height,
            std::vector<uint8_t>(static_cast<size_t>(row_bytes) * window.height)};
  std::vector<int32_t> sum(row_bytes);
  for (int y = 0; y < window.height; ++y)
    blend_rows(&columns.rgb[static_cast<size_t>(taps.first[y] - begin) * row_bytes], row_bytes, taps.count[y],
               &taps.weight[static_cast<size_t>(y) * taps.most], sum.data(), row_bytes,
               &out.rgb[static_cast<size_t>(y) * row_bytes]);
  return out;
}

Image resize(const RgbView& source, int width, int height, Filter filter) {
  return resize(source, width, height, filter, {0, 0, width, height});
}

}  // namespace graft
