#pragma once

// Included by tensor_core.h when nvcc compiles.

namespace graft::GRAFT_TARGET {

GRAFT_DEVICE uint32_t to_tf32(uint32_t word) {
  uint32_t rounded;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(rounded) : "f"(__uint_as_float(word)));
  return rounded;
}

template <int count>
GRAFT_DEVICE void load_matrices(uint32_t (&out)[count][4], const void* row, int stride) {
  const auto shared = static_cast<uint32_t>(__cvta_generic_to_shared(row));
  GRAFT_UNROLL
  for (int i = 0; i < count; ++i)
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(out[i][0]), "=r"(out[i][1]), "=r"(out[i][2]), "=r"(out[i][3])
                 : "r"(shared + static_cast<uint32_t>(i * stride))
                 : "memory");
}

template <int count>
GRAFT_DEVICE void load_transposed(uint32_t (&out)[count][4], const bfloat16* const (&rows)[count]) {
  GRAFT_UNROLL
  for (int i = 0; i < count; ++i)
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(out[i][0]), "=r"(out[i][1]), "=r"(out[i][2]), "=r"(out[i][3])
                 : "r"(static_cast<uint32_t>(__cvta_generic_to_shared(rows[i])))
                 : "memory");
}

#define GRAFT_MMA(shape, type)                                                        \
  asm volatile("mma.sync.aligned." shape ".row.col.f32." type "." type                \
               ".f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};" \
               : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])                       \
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]))

template <class Element, int rows, int columns>
GRAFT_DEVICE void multiply_add(WarpTile<rows, columns>& tile) {
  GRAFT_UNROLL
  for (int i = 0; i < rows / 16; ++i) {
    GRAFT_UNROLL
    for (int j = 0; j < columns / 8; ++j) {
      const uint32_t(&a)[4] = tile.a[i], (&b)[2] = tile.b[j];
      float(&c)[4] = tile.c[i][j];
      if constexpr (std::is_same_v<Element, float>)
        GRAFT_MMA("m16n8k8", "tf32");
      else if constexpr (std::is_same_v<Element, bfloat16>)
        GRAFT_MMA("m16n8k16", "bf16");
      else
        GRAFT_MMA("m16n8k16", "f16");
    }
  }
}

#undef GRAFT_MMA

}  // namespace graft::GRAFT_TARGET
