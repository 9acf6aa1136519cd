#pragma once

// Included by simt.h when nvcc compiles.

#include <cuda_runtime.h>

#include "engine/cuda_device.h"

#define GRAFT_KERNEL __global__
#define GRAFT_KERNEL_BOUNDED(...) __global__ __launch_bounds__(__VA_ARGS__)
#define GRAFT_DEVICE __device__ inline
#define GRAFT_UNROLL _Pragma("unroll")
#define GRAFT_NO_UNROLL _Pragma("unroll 1")

namespace graft::GRAFT_TARGET {

struct Int3 {
  int x, y, z;
};

GRAFT_DEVICE Int3 to_int3(const uint3& v) {
  return {static_cast<int>(v.x), static_cast<int>(v.y), static_cast<int>(v.z)};
}

GRAFT_DEVICE Int3 thread_index() { return to_int3(threadIdx); }
GRAFT_DEVICE Int3 block_index() { return to_int3(blockIdx); }
GRAFT_DEVICE Int3 block_size() { return to_int3({blockDim.x, blockDim.y, blockDim.z}); }
GRAFT_DEVICE Int3 grid_size() { return to_int3({gridDim.x, gridDim.y, gridDim.z}); }

GRAFT_DEVICE int linear_thread_index() {
  return static_cast<int>((threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x);
}
GRAFT_DEVICE int lane_index() { return linear_thread_index() % warp_size; }
GRAFT_DEVICE int warp_index() { return linear_thread_index() / warp_size; }

GRAFT_DEVICE void block_barrier() { __syncthreads(); }
GRAFT_DEVICE void warp_barrier(uint32_t mask = all_lanes) { __syncwarp(mask); }

template <class T>
GRAFT_DEVICE T& shared_memory() {
  static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= 1024, "shared memory holds plain data");
  extern __shared__ __align__(1024) unsigned char graft_shared_bytes[];
  return *reinterpret_cast<T*>(graft_shared_bytes);
}

template <WarpValue T>
GRAFT_DEVICE T shuffle(T value, int lane, uint32_t mask = all_lanes) {
  return __shfl_sync(mask, value, lane);
}
template <WarpValue T>
GRAFT_DEVICE T shuffle_xor(T value, int bits, uint32_t mask = all_lanes) {
  return __shfl_xor_sync(mask, value, bits);
}
template <WarpValue T>
GRAFT_DEVICE T shuffle_up(T value, int by, uint32_t mask = all_lanes) {
  return __shfl_up_sync(mask, value, static_cast<unsigned>(by));
}
template <WarpValue T>
GRAFT_DEVICE T shuffle_down(T value, int by, uint32_t mask = all_lanes) {
  return __shfl_down_sync(mask, value, static_cast<unsigned>(by));
}

GRAFT_DEVICE uint32_t warp_ballot(bool flag, uint32_t mask = all_lanes) { return __ballot_sync(mask, flag); }
GRAFT_DEVICE bool warp_any(bool flag, uint32_t mask = all_lanes) { return __any_sync(mask, flag); }
GRAFT_DEVICE bool warp_all(bool flag, uint32_t mask = all_lanes) { return __all_sync(mask, flag); }

GRAFT_DEVICE uint32_t atomic_add(uint32_t* at, uint32_t value) {
  uint32_t old;
  asm volatile("atom.acq_rel.gpu.add.u32 %0, [%1], %2;" : "=r"(old) : "l"(at), "r"(value) : "memory");
  return old;
}
GRAFT_DEVICE uint32_t atomic_load(const uint32_t* at) {
  uint32_t value;
  asm volatile("ld.acquire.gpu.u32 %0, [%1];" : "=r"(value) : "l"(at) : "memory");
  return value;
}
GRAFT_DEVICE void atomic_store(uint32_t* at, uint32_t value) {
  asm volatile("st.release.gpu.u32 [%0], %1;" ::"l"(at), "r"(value) : "memory");
}

template <int width, WarpValue T, class Combine>
GRAFT_DEVICE T warp_butterfly(T value, uint32_t mask, Combine combine) {
  static_assert(width >= 1 && width <= warp_size && (width & (width - 1)) == 0, "a power of two up to 32");
  GRAFT_UNROLL
  for (int bits = width / 2; bits > 0; bits /= 2) value = combine(value, shuffle_xor(value, bits, mask));
  return value;
}

template <class... Parameters>
void launch_values(CudaStream& stream, CudaLaunch launch, Parameters... values) {
  void* arguments[] = {&values..., nullptr};
  launch.arguments = arguments;
  stream.launch(launch);
}

template <class... Parameters, class... Arguments>
void launch(const char* name, void (*kernel)(Parameters...), const GridSize& grid, const BlockSize& block,
            size_t shared_bytes, Stream& stream, Arguments&&... arguments) {
  static_assert((LosslesslyPassed<Parameters, Arguments> && ...),
                "an argument would be narrowed; convert it knowingly");
  if (!has_work(name, grid, block)) return;
  const auto size = [](const auto& s, unsigned(&to)[3]) {
    to[0] = static_cast<unsigned>(s.x), to[1] = static_cast<unsigned>(s.y),
    to[2] = static_cast<unsigned>(s.z);
  };
  CudaLaunch launch{
      .name = name, .kernel = reinterpret_cast<const void*>(kernel), .shared_bytes = shared_bytes};
  size(grid, launch.grid);
  size(block, launch.block);
  launch_values<Parameters...>(static_cast<CudaStream&>(stream), launch,
                               Parameters{static_cast<Arguments&&>(arguments)}...);
}

}  // namespace graft::GRAFT_TARGET
