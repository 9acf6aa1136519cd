#pragma once

#include "kernels/separable_block/lines.h"
#include "kernels/separable_block/strips.h"

namespace graft::separable_block {

// What a strip reads of x, as tiles load it: a line, or several, for each pixel of the expanded map, zeros
// behind the numbers.
class AmxInputs {
 public:
  GRAFT_INLINE AmxInputs(const Strips& strips, const Strip& strip, const bfloat16* image)
      : s_(strips), p_(strips.expand), strip_(strip), image_(image) {}

  GRAFT_INLINE void copy(bfloat16* to) const {
    const bool pixels = p_.r * p_.s == 1;
    for (int64_t i = 0; i < strip_.inputs; ++i, to += s_.inputs.row)
      pixels ? copy_pixels(strip_.first_input + i, to) : copy_patches(strip_.first_input + i, to);
  }

 private:
  // A row of pixels, side by side.
  GRAFT_INLINE void copy_pixels(int64_t row, bfloat16* to) const {
    const int64_t channels = p_.c, pitch = s_.inputs.pixel, pixels = p_.w,
                  whole = (channels - 1) / line * line;
    const Part<bfloat16, 2> last(channels - whole);
    const bfloat16* from = image_ + row * pixels * channels;
    for (int64_t i = 0; i < pixels; ++i, from += channels, to += pitch) {
      __builtin_prefetch(from + 1024);
      for (int64_t c = 0; c < whole; c += line) line_at(to + c) = line_at(from + c);
      last.load(from + whole, line_at(to + whole));
    }
  }

  // A row of patches, of a line each.
  GRAFT_INLINE void copy_patches(int64_t row, bfloat16* to) const {
    const int64_t pixels = s_.depthwise.w, pitch = s_.inputs.pixel, wide = p_.s * p_.c,
                  step = p_.stride_w * p_.c;
    const Part<bfloat16, 2> part(wide);
    // Those that lie inside the image.
    const int64_t begin = std::min(ceil_divide(p_.pad_left, p_.stride_w), pixels),
                  end = std::clamp((p_.w + p_.pad_left - p_.s + p_.stride_w) / p_.stride_w, begin, pixels);
    for (int64_t i = 0; i < pixels; ++i) line_at(to + i * pitch) = Line{};
    for (int64_t r = 0; r < p_.r; ++r, to += wide) {
      const int64_t h = row * p_.stride_h - p_.pad_top + r;
      if (h < 0 || h >= p_.h) continue;
      const bfloat16* from = image_ + (h * p_.w - p_.pad_left) * p_.c;
      for (int64_t i = 0; i < begin; ++i) copy_inside(i, from, to);
      for (int64_t i = begin; i < end; ++i) part.copy(from + i * step, to + i * pitch);
      for (int64_t i = end; i < pixels; ++i) copy_inside(i, from, to);
    }
  }
  // Of a row of patch `i`, which crosses the image's edge, what lies inside.
  GRAFT_INLINE void copy_inside(int64_t i, const bfloat16* from, bfloat16* to) const {
    const int64_t left = i * p_.stride_w - p_.pad_left;
    for (int64_t s = std::max<int64_t>(-left, 0); s < std::min(p_.s, p_.w - left); ++s)
      std::copy_n(from + (i * p_.stride_w + s) * p_.c, p_.c, to + i * s_.inputs.pixel + s * p_.c);
  }

  const Strips& s_;
  const ConvProblem& p_;
  const Strip& strip_;
  const bfloat16* const image_;
};

}  // namespace graft::separable_block
