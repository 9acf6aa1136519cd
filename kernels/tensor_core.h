#pragma once

#include "engine/dtype.h"
#include "kernels/simt.h"

// Products on tensor cores, by whole warps: every lane calls each of these, none has returned. An operand is
// made of words of 32 bits: one number in TF32, or two neighbours along the sum in 16 bits, the first in the
// lower half.
//
//   to_tf32(word)                   a float's bits rounded to TF32's 10 bits of fraction, to nearest, ties
//   away
//                                   (cvt.rna.tf32.f32)
//   load_matrices(out, row, stride) four matrices of eight rows of 16 bytes from shared memory (ldmatrix):
//                                   lane l shows row l % 8 of matrix l / 8, and receives word t of row g of
//                                   each; `count` times, `stride` bytes apart
//   load_transposed(out, rows)      the same of 16-bit numbers, rows[i] the i-th row shown: a lane receives
//                                   those of column g in rows 2 t and 2 t + 1 (ldmatrix.trans)
//   multiply_add<Element>(tile)     c += a b over a step of the sum (mma.sync): m16n8k8 of float, in TF32;
//                                   m16n8k16 of bfloat16 and float16
//
// Lane l is number t = l % 4 of group g = l / 4. Which elements a lane holds: PTX ISA, "Matrix fragments for
// mma.m16n8k8" and "mma.m16n8k16".
namespace graft::GRAFT_TARGET {

// How many steps of the sum one multiply_add has.
template <class Element>
constexpr int steps_of_product = 32 / static_cast<int>(sizeof(Element));

// A warp's share of a product. Lane (g, t) holds
//   a[i]: rows 16 i + g and 16 i + g + 8 at word t of the step, then both at word t + 4
//   b[j]: column 8 j + g at word t, then at word t + 4
//   c[i][j]: row 16 i + g, columns 8 j + 2 t and 8 j + 2 t + 1, then the same of row 16 i + g + 8
template <int rows_of_warp, int columns_of_warp>
struct WarpTile {
  static constexpr int rows = rows_of_warp, columns = columns_of_warp;
  static_assert(rows % 16 == 0 && columns % 8 == 0, "whole matrix instructions");
  uint32_t a[rows / 16][4];
  uint32_t b[columns / 8][2];
  float c[rows / 16][columns / 8][4];
};

}  // namespace graft::GRAFT_TARGET

#ifdef __CUDACC__
#include "kernels/tensor_core_cuda.h"
#else
#include "kernels/tensor_core_emulated.h"
#endif
