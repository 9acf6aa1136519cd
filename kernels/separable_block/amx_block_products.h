#pragma once

#include "kernels/amx_products.h"
#include "kernels/separable_block/amx_inputs.h"
#include "kernels/separable_block/expanded_rows.h"
#include "kernels/separable_block/outputs.h"

// The dense products on bfloat16, by AMX.
namespace graft::separable_block {

static_assert(block == amx::outputs_at_once && block == amx::depth && block == line);

// A pixel's numbers, or a patch's, in whole lines.
inline InputLayout amx_layout(const ConvProblem& p) {
  const int64_t pixel = pitch_of(patch_size(p), sizeof(bfloat16));
  return {.pixel = pixel, .row = p.q() * pixel};
}

class AmxExpansion {
 public:
  GRAFT_INLINE AmxExpansion(const Strips& strips, const Strip& strip, const ExpandedRows& rows,
                            const ActivationBounds& bounds, const bfloat16* pixels)
      : s_(strips),
        strip_(strip),
        rows_(rows),
        bounds_(bounds),
        pixels_(pixels),
        rows_at_once_(std::clamp<int64_t>(strip.inputs, 1, strips.rows_at_once)),
        tiles_(rows_at_once_ * strips.depthwise.w),
        shapes_(tiles_.rows) {}

  GRAFT_INLINE void begin_block(const bfloat16* filters, const float* bias) {
    operands_ = {filters, ceil_divide(patch_size(s_.expand), amx::depth),
                 s_.inputs.pixel * static_cast<int64_t>(sizeof(bfloat16))};
    bias_ = bias;
  }

  // Always as many rows as the tiles were made for.
  template <int vectors>
  GRAFT_INLINE int64_t expand(int64_t input) const {
    static_assert(vectors * lane_count == amx::outputs_at_once);
    const int64_t first = std::min(input, strip_.inputs - rows_at_once_);
    operands_.depths == 1 ? expand_rows<true>(first) : expand_rows<false>(first);
    return first + rows_at_once_;
  }

 private:
  template <bool single>
  GRAFT_INLINE void expand_rows(int64_t first) const {
    const bfloat16* pixels = pixels_ + first * s_.inputs.row;
    const auto at = [&](int64_t tile)
                        GRAFT_INLINE { return pixels + tiles_.first_pixel(tile) * s_.inputs.pixel; };
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
    const int64_t width = s_.depthwise.w, count = tiles_.rows;
    Vectors<2> bias;
    load(bias_, bias);
    for (int64_t tile = 0; tile < 2; ++tile) {
      const float* from = sums.values[tile][0][0];
      const int64_t start = tiles_.first_pixel(2 * pair + tile);
      for (int64_t i = 0, row = first + start / width, column = start % width; i < count; ++row, column = 0) {
        float* to = rows_.pixel(row, column);
        for (const int64_t end = std::min(count, i + width - column); i < end;
             ++i, to += block, from += amx::width) {
          Vectors<2> pixel{vector_at<64>(from) + bias[0],
                           vector_at<64>(from + amx::most_rows * amx::width) + bias[1]};
          clip(bounds, pixel);
          store(pixel, to);
        }
      }
    }
  }

  const Strips& s_;
  const Strip& strip_;
  const ExpandedRows& rows_;
  const ActivationBounds bounds_;
  const bfloat16* const pixels_;
  const int64_t rows_at_once_;
  const amx::PairsOfTiles tiles_;
  const amx::TileShapes shapes_;
  amx::Operands operands_ = {};
  const float* bias_ = nullptr;
};

struct AmxProducts {
  using Element = bfloat16;
  using Expansion = AmxExpansion;
  // So many pixels that going from tiles to vectors and back costs little.
  static constexpr StripNeeds needs{
      .element_bytes = sizeof(bfloat16), .pixels_at_once = 448, .half_blocks = false, .inputs = amx_layout};

  static int64_t packed_size(int64_t outputs, int64_t inputs) { return amx::packed_size(outputs, inputs); }
  static void pack(const bfloat16* w, int64_t outputs, int64_t inputs, bfloat16* packed) {
    amx::pack(w, outputs, inputs, packed);
  }

  GRAFT_INLINE static const bfloat16* read(const Strips& s, const Strip& strip, const bfloat16* image,
                                           bfloat16* copied) {
    AmxInputs(s, strip, image).copy(copied);
    return copied;
  }

  GRAFT_INLINE static void project(const Strips& s, int64_t pixels, const bfloat16* convolved,
                                   const bfloat16* filters, const Outputs<bfloat16>& outputs) {
    const amx::PairsOfTiles tiles(pixels);
    const amx::TileShapes shapes(tiles.rows);
    const int64_t depths = ceil_divide(s.depthwise.c, amx::depth),
                  blocks = ceil_divide(outputs.channels, amx::outputs_at_once);
    const auto at = [&](int64_t tile)
                        GRAFT_INLINE { return convolved + tiles.first_pixel(tile) * s.convolved_pitch; };
    amx::Sums sums;
    const auto finish_at = [&](int64_t i) GRAFT_INLINE {
      finish(tiles, i / blocks, i % blocks * amx::outputs_at_once, sums, outputs);
    };
    for (int64_t i = 0; i < tiles.pairs * blocks; ++i) {
      const int64_t pair = i / blocks, first = i % blocks * amx::outputs_at_once;
      amx::multiply_two<false>({filters + first * depths * amx::depth, depths,
                                s.convolved_pitch * static_cast<int64_t>(sizeof(bfloat16))},
                               at(2 * pair), at(2 * pair + 1), sums, [&]() GRAFT_INLINE {
                                 if (i > 0) finish_at(i - 1);
                               });
    }
    finish_at(tiles.pairs * blocks - 1);
  }

 private:
  // 32 outputs, or what is left of them, from channel `first` on, of a pair of tiles.
  GRAFT_INLINE static void finish(const amx::PairsOfTiles& tiles, int64_t pair, int64_t first,
                                  const amx::Sums& sums, const Outputs<bfloat16>& outputs) {
    const Outputs<bfloat16> o = outputs;
    const Part<bfloat16, 2> part(o.channels - first);
    Vectors<2> bias;
    load(o.bias + first, bias);
    for (int64_t tile = 0; tile < 2; ++tile) {
      int64_t at = tiles.first_pixel(2 * pair + tile) * o.channels + first;
      for (int64_t i = 0, count = tiles.rows; i < count; ++i, at += o.channels) {
        Vectors<2> pixel{vector_at<64>(sums.values[tile][0][i]) + bias[0],
                         vector_at<64>(sums.values[tile][1][i]) + bias[1]};
        o.write(part, pixel, at);
      }
    }
  }
};

}  // namespace graft::separable_block
