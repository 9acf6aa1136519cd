#pragma once

#include <type_traits>

// A function or lambda that must be compiled again for each instruction set it is called under.
#define GRAFT_INLINE __attribute__((always_inline))

namespace graft {

namespace host_vectors {
#if defined(__x86_64__)
template <class Body>
__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,fma,prefer-vector-width=512"))) void avx512(
    const Body& body) {
  body();
}
template <class Body>
__attribute__((target("avx2,fma"))) void avx2(const Body& body) {
  body();
}
inline int level() {
  static const int found = [] {
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
      return 2;
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? 1 : 0;
  }();
  return found;
}
#endif

// Whether the processor rounds vectors of 64 bytes to bfloat16 itself (AVX-512 BF16), in a third of the
// instructions.
#if defined(__x86_64__)
inline const bool rounds_to_bfloat16 = __builtin_cpu_supports("avx512bf16");
#else
constexpr bool rounds_to_bfloat16 = false;
#endif
}  // namespace host_vectors

// Runs body, a GRAFT_INLINE lambda, compiled for the widest vectors this processor has: the program itself is
// built for the oldest one. It is told how many bytes such a vector has: body(VectorBytes<32>()). Wider ones
// would be lowered to pieces that pass through memory.
template <int bytes>
using VectorBytes = std::integral_constant<int, bytes>;

template <class Body>
void with_vectors(const Body& body) {
#if defined(__x86_64__)
  if (host_vectors::level() == 2)
    return host_vectors::avx512([&]() GRAFT_INLINE { body(VectorBytes<64>()); });
  if (host_vectors::level() == 1) return host_vectors::avx2([&]() GRAFT_INLINE { body(VectorBytes<32>()); });
#endif
  body(VectorBytes<16>());
}

// What with_vectors() tells its body.
inline int widest_vector_bytes() {
  int widest = 0;
  with_vectors([&](auto bytes) GRAFT_INLINE { widest = bytes; });
  return widest;
}

// The same for a body that leaves the width to the compiler.
template <class Body>
void with_widest_vectors(const Body& body) {
  with_vectors([&](auto) GRAFT_INLINE { body(); });
}

// `bytes` bytes of T, lowered to whatever registers there are; loads and stores need no alignment.
template <class T, int bytes>
struct HostVector {
  typedef T type __attribute__((vector_size(bytes), aligned(alignof(T)), may_alias));
};

// Stores past the caches what would not stay there until it is read: nothing is fetched only to be
// overwritten. `to` is aligned to 16 bytes. Other threads see it behind finish_streaming().
template <int bytes>
GRAFT_INLINE inline void store_streaming(const typename HostVector<float, bytes>::type& vector, float* to) {
#if defined(__x86_64__)
  using Piece = HostVector<float, 16>::type;
  for (int i = 0; i < bytes / 16; ++i)
    __builtin_ia32_movntps(to + 4 * i, reinterpret_cast<const Piece*>(&vector)[i]);
#else
  *reinterpret_cast<typename HostVector<float, bytes>::type*>(to) = vector;
#endif
}

inline void finish_streaming() {
#if defined(__x86_64__)
  __builtin_ia32_sfence();
#endif
}

}  // namespace graft
