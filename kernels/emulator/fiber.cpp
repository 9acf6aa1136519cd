#include "kernels/emulator/fiber.h"

#include <sys/mman.h>

#include "engine/check.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

namespace graft::emulator {

namespace {

constexpr size_t page = 4096;
#ifdef __SANITIZE_ADDRESS__
constexpr size_t own_stack_bytes = 256 * 1024;  // the sanitizer's frames are larger
#else
constexpr size_t own_stack_bytes = 64 * 1024;
#endif
constexpr size_t colour_bytes = 320, colours = 24;

}  // namespace

void Fiber::begin(boost::context::detail::transfer_t transfer) {
  Fiber& self = *static_cast<Fiber*>(transfer.data)->going_to_;
  arrive(self.sanitizer_state_, transfer);
  self.body_(self.argument_);
  __builtin_unreachable();
}

Fiber::Fiber(void (*body)(void*), void* argument, int colour) : body_(body), argument_(argument) {
  void* memory = mmap(nullptr, page + own_stack_bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  GRAFT_CHECK(memory != MAP_FAILED, memory,
              "no memory for the stack of an emulated thread; use fewer threads");
  memory_ = static_cast<unsigned char*>(memory);
  if (mprotect(memory_, page, PROT_NONE) != 0) {
    munmap(memory_, page + own_stack_bytes);
    fail(ErrorCode::memory, "the stack of an emulated thread cannot be guarded; use fewer threads");
  }
  stack_bottom_ = memory_ + page;
  stack_bytes_ = own_stack_bytes - static_cast<size_t>(colour) % colours * colour_bytes;
  context_ = boost::context::detail::make_fcontext(memory_ + page + stack_bytes_, stack_bytes_, begin);
}

Fiber::~Fiber() {
  if (!memory_) return;
#ifdef __SANITIZE_ADDRESS__
  __asan_unpoison_memory_region(memory_ + page, own_stack_bytes);
#endif
  munmap(memory_, page + own_stack_bytes);
}

}  // namespace graft::emulator
