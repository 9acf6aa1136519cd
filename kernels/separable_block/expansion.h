#pragma once

#include "kernels/amx_products.h"
#include "kernels/conv/activation_bounds.h"
#include "kernels/separable_block/bf16_lines.h"
#include "kernels/separable_block/strips.h"

namespace graft::separable_block {

// What a strip reads of x: a line, or several, for each pixel of the expanded map, zeros behind the numbers.
class Inputs {
 public:
  GRAFT_INLINE Inputs(const Strips& strips, const Strip& strip, const bfloat16* x)
      : s_(strips),
        p_(strips.expand),
        single_(p_.r * p_.s == 1),
        strip_(strip),
        image_(x + strip.image * p_.h * p_.w * p_.c) {}

  GRAFT_INLINE void copy(bfloat16* to) const {
    for (int64_t i = 0; i < strip_.inputs; ++i, to += s_.p.w * s_.input_pitch)
      single_ ? copy_pixels(strip_.first_input + i, to) : copy_patches(strip_.first_input + i, to);
  }

 private:
  // A row of pixels, side by side.
  GRAFT_INLINE void copy_pixels(int64_t row, bfloat16* to) const {
    const int64_t channels = p_.c, pitch = s_.input_pitch, pixels = p_.w,
                  whole = (channels - 1) / line * line;
    const LinePart last(channels - whole);
    const bfloat16* from = image_ + row * pixels * channels;
    for (int64_t i = 0; i < pixels; ++i, from += channels, to += pitch) {
      __builtin_prefetch(from + 1024);
      for (int64_t c = 0; c < whole; c += line) line_at(to + c) = line_at(from + c);
      last.load(from + whole, line_at(to + whole));
    }
  }

  // A row of patches, of a line each.
  GRAFT_INLINE void copy_patches(int64_t row, bfloat16* to) const {
    const int64_t pixels = s_.p.w, pitch = s_.input_pitch, wide = p_.s * p_.c, step = p_.stride_w * p_.c;
    const LinePart part(wide);
    // Those that lie inside the image.
    const int64_t begin = std::min(ceil_divide(p_.pad_left, p_.stride_w), pixels),
                  end = std::clamp((p_.w + p_.pad_left - p_.s + p_.stride_w) / p_.stride_w, begin, pixels);
    for (int64_t i = 0; i < pixels; ++i) line_at(to + i * pitch) = Line{};
    for (int64_t r = 0; r < p_.r; ++r, to += wide) {
      const int64_t h = row * p_.stride_h - p_.pad_top + r;
      if (h < 0 || h >= p_.h) continue;
      const bfloat16* from = image_ + (h * p_.w - p_.pad_left) * p_.c;
      for (int64_t i = 0; i < begin; ++i) copy_inside(i, from, to);
      for (int64_t i = begin; i < end; ++i) {
        Line numbers;
        part.load(from + i * step, numbers);
        part.store(numbers, to + i * pitch);
      }
      for (int64_t i = end; i < pixels; ++i) copy_inside(i, from, to);
    }
  }
  // Of a row of patch `i`, which crosses the image's edge, what lies inside.
  GRAFT_INLINE void copy_inside(int64_t i, const bfloat16* from, bfloat16* to) const {
    const int64_t left = i * p_.stride_w - p_.pad_left;
    for (int64_t s = std::max<int64_t>(-left, 0); s < std::min(p_.s, p_.w - left); ++s)
      std::copy_n(from + (i * p_.stride_w + s) * p_.c, p_.c, to + i * s_.input_pitch + s * p_.c);
  }

  const Strips& s_;
  const ConvProblem& p_;
  const bool single_;  // pixels
  const Strip& strip_;
  const bfloat16* const image_;
};

// A block of a strip's expanded channels: as many rows as the filter sees at once and some more, each in the
// place of one that it has left behind. Rows are counted from the first the strip reads, padding or not.
class ExpandedRows {
 public:
  GRAFT_INLINE ExpandedRows(const Strips& strips, const Strip& strip, const ActivationBounds& bounds,
                            const bfloat16* pixels, float* memory)
      : s_(strips),
        strip_(strip),
        bounds_(bounds),
        pixels_(pixels),
        memory_(memory),
        rows_at_once_(std::clamp<int64_t>(strip.inputs, 1, strips.rows_at_once())),
        tiles_(rows_at_once_ * strips.p.w) {
    clear_margins();
  }

  // Tiles have so many rows as long as expanded ones are made.
  int64_t tile_rows() const { return tiles_.rows; }

  GRAFT_INLINE void begin_block(const bfloat16* filters, int64_t depths, const float* bias) {
    operands_ = {filters, depths, s_.input_pitch * static_cast<int64_t>(sizeof(bfloat16))};
    bias_ = bias;
    next_ = 0;
  }

  // Makes the rows up to `last` that are not made yet.
  GRAFT_INLINE void reach(int64_t last) {
    while (next_ <= last) {
      const int64_t input = next_ - strip_.padding;
      if (input < 0 || input >= strip_.inputs) {
        std::fill_n(pixel(next_++, 0), s_.p.w * block, 0.0f);
        continue;
      }
      const int64_t first = std::min(input, strip_.inputs - rows_at_once_);
      operands_.depths == 1 ? expand<true>(first) : expand<false>(first);
      next_ = first + strip_.padding + rows_at_once_;
    }
  }

  float* row(int64_t index) const { return memory_ + index % s_.rows_kept() * s_.row_size(); }

 private:
  float* pixel(int64_t row, int64_t column) const {
    return this->row(row) + (s_.p.pad_left + column) * block;
  }

  // What lies beside a row's pixels, once for all blocks.
  void clear_margins() const {
    for (int64_t i = 0; i < s_.rows_kept(); ++i) {
      std::fill(row(i), pixel(i, 0), 0.0f);
      std::fill(pixel(i, s_.p.w), row(i) + s_.row_size(), 0.0f);
    }
  }

  // From row `first` of the strip's pixels on.
  template <bool single>
  GRAFT_INLINE void expand(int64_t first) const {
    const bfloat16* pixels = pixels_ + first * s_.p.w * s_.input_pitch;
    const auto at = [&](int64_t tile)
                        GRAFT_INLINE { return pixels + tiles_.first_pixel(tile) * s_.input_pitch; };
    amx::Sums sums;
    if (single) amx::load_filters(operands_.filters);
    for (int64_t pair = 0; pair < tiles_.pairs; ++pair)
      amx::multiply_two<single>(operands_, at(2 * pair), at(2 * pair + 1), sums, [&]() GRAFT_INLINE {
        if (pair > 0) finish(first + strip_.padding, pair - 1, sums);
      });
    finish(first + strip_.padding, tiles_.pairs - 1, sums);
  }

  // To the rows from `first` on.
  GRAFT_INLINE void finish(int64_t first, int64_t pair, const amx::Sums& sums) const {
    const ActivationBounds bounds = bounds_;
    const int64_t width = s_.p.w, count = tiles_.rows;
    const Floats<64> low_bias = vector_at<64>(bias_), high_bias = vector_at<64>(bias_ + amx::width);
    for (int64_t tile = 0; tile < 2; ++tile) {
      const float* from = sums.values[tile][0][0];
      const int64_t start = tiles_.first_pixel(2 * pair + tile);
      for (int64_t i = 0, row = first + start / width, column = start % width; i < count; ++row, column = 0) {
        float* to = pixel(row, column);
        for (const int64_t end = std::min(count, i + width - column); i < end;
             ++i, to += block, from += amx::width) {
          Floats<64> low = vector_at<64>(from) + low_bias,
                     high = vector_at<64>(from + amx::most_rows * amx::width) + high_bias;
          bounds.clip(low);
          bounds.clip(high);
          vector_at<64>(to) = low;
          vector_at<64>(to + amx::width) = high;
        }
      }
    }
  }

  const Strips& s_;
  const Strip& strip_;
  const ActivationBounds bounds_;
  const bfloat16* const pixels_;
  float* const memory_;
  const int64_t rows_at_once_;
  const amx::PairsOfTiles tiles_;
  amx::Operands operands_ = {};
  const float* bias_ = nullptr;
  int64_t next_ = 0;
};

}  // namespace graft::separable_block
