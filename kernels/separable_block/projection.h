#pragma once

#include "kernels/amx_products.h"
#include "kernels/conv/activation_bounds.h"
#include "kernels/separable_block/bf16_lines.h"
#include "kernels/separable_block/strips.h"

namespace graft::separable_block {

// A strip's outputs.
struct Outputs {
  bfloat16* y;
  const bfloat16* residual;  // or null
  const float* bias;
  int64_t channels;
  ActivationBounds bounds;
};

// 32 outputs, or what is left of them, from channel `first` on, of a pair of tiles.
GRAFT_INLINE inline void finish(const amx::PairsOfTiles& tiles, int64_t pair, int64_t first,
                                const amx::Sums& sums, const Outputs& outputs) {
  const Outputs o = outputs;
  const LinePart part(o.channels - first);
  const Floats<64> low_bias = vector_at<64>(o.bias + first),
                   high_bias = vector_at<64>(o.bias + first + amx::width);
  for (int64_t tile = 0; tile < 2; ++tile) {
    int64_t at = tiles.first_pixel(2 * pair + tile) * o.channels + first;
    for (int64_t i = 0, count = tiles.rows; i < count; ++i, at += o.channels) {
      Floats<64> low = vector_at<64>(sums.values[tile][0][i]) + low_bias,
                 high = vector_at<64>(sums.values[tile][1][i]) + high_bias;
      Line result;
      if (o.residual) {
        part.load(o.residual + at, result);
        add(result, low, high);
      }
      o.bounds.clip(low);
      o.bounds.clip(high);
      round(low, high, result);
      part.store(result, o.y + at);
    }
  }
}

GRAFT_INLINE inline void project(const Strips& s, const Strip& strip, const bfloat16* convolved,
                                 const bfloat16* filters, const Outputs& outputs) {
  const amx::PairsOfTiles tiles(strip.rows * s.p.q());
  const amx::TileShapes shapes(tiles.rows);
  const int64_t depths = ceil_divide(s.p.c, amx::depth),
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

}  // namespace graft::separable_block
