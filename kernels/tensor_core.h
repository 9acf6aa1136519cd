#pragma once

#include "kernels/simt.h"

// Products on tensor cores, by whole warps: every lane calls each of these, none has returned.
//
//   to_tf32(value)              rounded to TF32's 10 bits of fraction, to nearest, ties away
//   (cvt.rna.tf32.f32) load_matrices(out, row, stride)    8x8 blocks of 16-bit pairs, or 8x4 of floats, from
//   shared memory (ldmatrix) multiply_add_tf32(tile)     c += a b over eight steps of the sum (mma.sync
//   m16n8k8)
//
// Lane l is number t = l % 4 of group g = l / 4. Which elements a lane holds: PTX ISA, "Matrix fragments for
// mma.m16n8k8".
namespace graft::GRAFT_TARGET {

// A warp's share of a product. Lane (g, t) holds
//   a[i]: rows 16 i + g and 16 i + g + 8 at k = t, then both at k = t + 4
//   b[j]: column 8 j + g at k = t, then at k = t + 4
//   c[i][j]: row 16 i + g, columns 8 j + 2 t and 8 j + 2 t + 1, then the same of row 16 i + g + 8
template <int rows_of_warp, int columns_of_warp>
struct WarpTile {
  static constexpr int rows = rows_of_warp, columns = columns_of_warp;
  static_assert(rows % 16 == 0 && columns % 8 == 0, "whole matrix instructions");
  float a[rows / 16][4];
  float b[columns / 8][2];
  float c[rows / 16][columns / 8][4];
};

}  // namespace graft::GRAFT_TARGET

#ifdef __CUDACC__
#include "kernels/tensor_core_cuda.h"
#else
#include "kernels/tensor_core_emulated.h"
#endif
