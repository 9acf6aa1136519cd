#pragma once

// Included by tensor_core.h when nvcc compiles.

namespace graft::GRAFT_TARGET {

GRAFT_DEVICE float to_tf32(float value) {
  uint32_t rounded;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(rounded) : "f"(value));
  return __uint_as_float(rounded);
}

template <int count>
GRAFT_DEVICE void load_matrices(float (&out)[count][4], const float* row, int stride) {
  const auto shared = static_cast<uint32_t>(__cvta_generic_to_shared(row));
  GRAFT_UNROLL
  for (int i = 0; i < count; ++i) {
    uint32_t words[4];
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(words[0]), "=r"(words[1]), "=r"(words[2]), "=r"(words[3])
                 : "r"(shared + static_cast<uint32_t>(i * stride) * 4)
                 : "memory");
    GRAFT_UNROLL
    for (int j = 0; j < 4; ++j) out[i][j] = __uint_as_float(words[j]);
  }
}

template <int rows, int columns>
GRAFT_DEVICE void multiply_add_tf32(WarpTile<rows, columns>& tile) {
  const auto bits = [](float value) { return __float_as_uint(value); };
  GRAFT_UNROLL
  for (int i = 0; i < rows / 16; ++i) {
    GRAFT_UNROLL
    for (int j = 0; j < columns / 8; ++j) {
      const float(&a)[4] = tile.a[i], (&b)[2] = tile.b[j];
      float(&c)[4] = tile.c[i][j];
      asm volatile(
          "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
          "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
          : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
          : "r"(bits(a[0])), "r"(bits(a[1])), "r"(bits(a[2])), "r"(bits(a[3])), "r"(bits(b[0])),
            "r"(bits(b[1])));
    }
  }
}

}  // namespace graft::GRAFT_TARGET
