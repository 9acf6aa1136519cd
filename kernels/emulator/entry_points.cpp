#include <cstddef>
#include <cstdint>

#include "engine/check.h"
#include "kernels/emulator/access.h"

// What g++ -fsanitize=thread and -fsanitize=bounds-strict call; the names and types are theirs. The kernels
// of the checked device are compiled with these flags, and this takes the place of the sanitizers' runtimes.

#if GRAFT_CHECKED

using graft::emulator::Checker;
using graft::emulator::checker;

namespace {

// What GCC's UBSan lays down beside each checked index.
struct IndexPlace {
  const char* file;
  uint32_t line, column;
  const struct Type {
    uint16_t kind, info;
    char name[1];
  } * array, *index;
};

}  // namespace

#define GRAFT_ENTRY_POINT extern "C" __attribute__((visibility("hidden"))) void
#define GRAFT_ACCESS(name, writes, bytes)                                         \
  GRAFT_ENTRY_POINT name(void* at) {                                              \
    if (checker) checker->access<writes, bytes>(at, __builtin_return_address(0)); \
  }
#define GRAFT_UNALIGNED(name, writes, bytes)                                          \
  GRAFT_ENTRY_POINT name(void* at) {                                                  \
    if (checker) checker->any_access(writes, at, bytes, __builtin_return_address(0)); \
  }

GRAFT_ACCESS(__tsan_read1, false, 1)
GRAFT_ACCESS(__tsan_read2, false, 2)
GRAFT_ACCESS(__tsan_read4, false, 4)
GRAFT_ACCESS(__tsan_read8, false, 8)
GRAFT_ACCESS(__tsan_read16, false, 16)
GRAFT_ACCESS(__tsan_write1, true, 1)
GRAFT_ACCESS(__tsan_write2, true, 2)
GRAFT_ACCESS(__tsan_write4, true, 4)
GRAFT_ACCESS(__tsan_write8, true, 8)
GRAFT_ACCESS(__tsan_write16, true, 16)
GRAFT_UNALIGNED(__tsan_unaligned_read2, false, 2)
GRAFT_UNALIGNED(__tsan_unaligned_read4, false, 4)
GRAFT_UNALIGNED(__tsan_unaligned_read8, false, 8)
GRAFT_UNALIGNED(__tsan_unaligned_read16, false, 16)
GRAFT_UNALIGNED(__tsan_unaligned_write2, true, 2)
GRAFT_UNALIGNED(__tsan_unaligned_write4, true, 4)
GRAFT_UNALIGNED(__tsan_unaligned_write8, true, 8)
GRAFT_UNALIGNED(__tsan_unaligned_write16, true, 16)

GRAFT_ENTRY_POINT __tsan_read_range(void* at, size_t bytes) {
  if (checker) checker->any_access(false, at, bytes, __builtin_return_address(0));
}
GRAFT_ENTRY_POINT __tsan_write_range(void* at, size_t bytes) {
  if (checker) checker->any_access(true, at, bytes, __builtin_return_address(0));
}

GRAFT_ENTRY_POINT __tsan_init() {}
GRAFT_ENTRY_POINT __tsan_func_entry(void*) {}
GRAFT_ENTRY_POINT __tsan_func_exit() {}
GRAFT_ENTRY_POINT __tsan_vptr_update(void*, void*) {}

extern "C" __attribute__((visibility("hidden"))) uint32_t __tsan_atomic32_load(const volatile uint32_t* at,
                                                                               int) {
  if (checker)
    checker->atomic(const_cast<const uint32_t*>(at), Checker::Atomic::load, __builtin_return_address(0));
  return __atomic_load_n(at, __ATOMIC_ACQUIRE);
}
GRAFT_ENTRY_POINT __tsan_atomic32_store(volatile uint32_t* at, uint32_t value, int) {
  if (checker)
    checker->atomic(const_cast<uint32_t*>(at), Checker::Atomic::store, __builtin_return_address(0));
  __atomic_store_n(at, value, __ATOMIC_RELEASE);
}
extern "C" __attribute__((visibility("hidden"))) uint32_t __tsan_atomic32_fetch_add(volatile uint32_t* at,
                                                                                    uint32_t value, int) {
  if (checker)
    checker->atomic(const_cast<uint32_t*>(at), Checker::Atomic::update, __builtin_return_address(0));
  return __atomic_fetch_add(at, value, __ATOMIC_ACQ_REL);
}

GRAFT_ENTRY_POINT __ubsan_handle_out_of_bounds(IndexPlace* place, uint64_t index) {
  if (checker) checker->index_outside(place->file, place->line, place->array->name, index);
  graft::fail(graft::ErrorCode::call, "index ", index, " is outside of ", place->array->name, " at ",
              place->file, ":", place->line);
}

#endif
