#pragma once

#include "kernels/separable_block/expanded_rows.h"
#include "kernels/separable_block/float_inputs.h"
#include "kernels/separable_block/float_tiles.h"
#include "kernels/separable_block/outputs.h"

// The dense products on float32, by AVX-512.
namespace graft::separable_block {

class FloatExpansion {
 public:
  GRAFT_INLINE FloatExpansion(const Strips& strips, const Strip& strip, const ExpandedRows& rows,
                              const ActivationBounds& bounds, const float* pixels)
      : s_(strips), strip_(strip), rows_(rows), bounds_(bounds), pixels_(pixels) {}

  GRAFT_INLINE void begin_block(const float* filters, const float* bias) {
    filters_ = {filters, bias, s_.expand.s * s_.expand.c, patch_size(s_.expand)};
  }

  template <int vectors>
  GRAFT_INLINE int64_t expand(int64_t input) const {
    const int64_t width = s_.depthwise.w, pixel = s_.inputs.pixel,
                  end = std::min(input + s_.rows_at_once, strip_.inputs);
    const float* x = pixels_ + input * s_.inputs.row;
    for_each_tile((end - input) * width, [&]<int pixels>(int64_t first, Count<pixels>) GRAFT_INLINE {
      Vectors<vectors> sums[pixels];
      multiply(x + first * pixel, pixel, s_.inputs.patch_row, filters_, sums);
      const ActivationBounds bounds = bounds_;
      int64_t row = strip_.padding + input, column = first;
      if (column >= width) row += column / width, column %= width;
      float* to = rows_.pixel(row, column);
#pragma GCC unroll 16
      for (int i = 0; i < pixels; ++i) {
        clip(bounds, sums[i]);
        store(sums[i], to);
        to += block;
        if (++column == width) to = rows_.pixel(++row, column = 0);
      }
    });
    return end;
  }

 private:
  const Strips& s_;
  const Strip& strip_;
  const ExpandedRows& rows_;
  const ActivationBounds bounds_;
  const float* const pixels_;
  Filters filters_ = {};
};

struct FloatProducts {
  using Element = float;
  using Expansion = FloatExpansion;
  // Few enough for the nearest cache.
  static constexpr StripNeeds needs{
      .element_bytes = sizeof(float), .pixels_at_once = 56, .half_blocks = true, .inputs = float_layout};

  // packed[outputs / 16][inputs][16], zeros behind the outputs.
  static int64_t packed_size(int64_t outputs, int64_t inputs) {
    return ceil_divide(outputs, lane_count) * lane_count * inputs;
  }
  static void pack(const float* w, int64_t outputs, int64_t inputs, float* packed) {
    std::fill_n(packed, packed_size(outputs, inputs), 0.0f);
    for (int64_t k = 0; k < outputs; ++k)
      for (int64_t i = 0; i < inputs; ++i)
        packed[(k / lane_count * inputs + i) * lane_count + k % lane_count] = w[k * inputs + i];
  }

  GRAFT_INLINE static const float* read(const Strips& s, const Strip& strip, const float* image,
                                        float* copied) {
    if (!s.inputs.copied) return image + strip.first_input * s.inputs.row;
    copy_padded_rows(s.expand, strip, image, copied);
    return copied;
  }

  GRAFT_INLINE static void project(const Strips& s, int64_t pixel_count, const float* convolved,
                                   const float* filters, const Outputs<float>& outputs) {
    for_each_tile(pixel_count, [&]<int pixels>(int64_t first, Count<pixels> all) GRAFT_INLINE {
      const auto some =
          [&]<int count, int vectors>(Count<count>, int64_t from, Count<vectors>, int64_t k)
              GRAFT_INLINE { project_some<count, vectors>(s, from, k, convolved, filters, outputs); };
      int64_t k = 0, left = ceil_divide(outputs.channels, lane_count);
      for (; left > 3; left -= 2, k += 2 * lane_count) some(all, first, Count<2>(), k);
      if (left == 3) {
        // Of half the pixels: a last single vector would want a number loaded for each of its products.
        constexpr int half = pixels > 1 ? most_pixels / 2 : 1;
        for (int64_t from = first; from < first + pixels; from += half)
          some(Count<half>(), from, Count<3>(), k);
      } else {
        left == 2 ? some(all, first, Count<2>(), k) : some(all, first, Count<1>(), k);
      }
    });
  }

 private:
  // Outputs from k on.
  template <int pixels, int vectors>
  GRAFT_INLINE static void project_some(const Strips& s, int64_t first, int64_t k, const float* convolved,
                                        const float* filters, const Outputs<float>& outputs) {
    Vectors<vectors> sums[pixels];
    multiply(convolved + first * s.convolved_pitch, s.convolved_pitch, 0,
             {filters + k * s.depthwise.c, outputs.bias + k, s.depthwise.c, s.depthwise.c}, sums);
    const Outputs<float> o = outputs;
    const Part<float, vectors> part(o.channels - k);
    int64_t at = first * o.channels + k;
#pragma GCC unroll 16
    for (int i = 0; i < pixels; ++i, at += o.channels) o.write(part, sums[i], at);
  }
};

}  // namespace graft::separable_block
