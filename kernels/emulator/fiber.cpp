#include "kernels/emulator/fiber.h"

#include <sys/mman.h>

#include <boost/context/detail/fcontext.hpp>

#include "engine/check.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace graft::emulator {

namespace {

namespace context = boost::context::detail;

constexpr size_t page = 4096;
#ifdef __SANITIZE_ADDRESS__
constexpr size_t stack_bytes = 256 * 1024;  // the sanitizer's frames are larger
#else
constexpr size_t stack_bytes = 64 * 1024;
#endif
constexpr size_t colour_bytes = 320, colours = 24;

}  // namespace

// The address sanitizer must be told of each change of stack.
struct Fiber::Switch {
  static void to(void*& here, const void* bottom, size_t bytes) {
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_start_switch_fiber(&here, bottom, bytes);
#else
    (void)here, (void)bottom, (void)bytes;
#endif
  }

  static void arrived(void* here, const void** from_bottom, size_t* from_bytes) {
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_finish_switch_fiber(here, from_bottom, from_bytes);
#else
    (void)here, (void)from_bottom, (void)from_bytes;
#endif
  }

  [[noreturn]] static void begin(context::transfer_t from) {
    Fiber& fiber = *static_cast<Fiber*>(from.data);
    arrived(nullptr, &fiber.outside_bottom_, &fiber.outside_bytes_);
    fiber.outside_ = from.fctx;
    fiber.body_(fiber.argument_);
    __builtin_unreachable();
  }
};

Fiber::Fiber(void (*body)(void*), void* argument, int colour) : body_(body), argument_(argument) {
  void* memory = mmap(nullptr, page + stack_bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  GRAFT_CHECK(memory != MAP_FAILED, memory,
              "no memory for the stack of an emulated thread; use fewer threads");
  memory_ = static_cast<unsigned char*>(memory);
  if (mprotect(memory_, page, PROT_NONE) != 0) {
    munmap(memory_, page + stack_bytes);
    fail(ErrorCode::memory, "the stack of an emulated thread cannot be guarded; use fewer threads");
  }
  const size_t offset = static_cast<size_t>(colour) % colours * colour_bytes;
  inside_ =
      context::make_fcontext(memory_ + page + stack_bytes - offset, stack_bytes - offset, Switch::begin);
}

Fiber::~Fiber() {
#ifdef __SANITIZE_ADDRESS__
  __asan_unpoison_memory_region(memory_ + page, stack_bytes);
#endif
  munmap(memory_, page + stack_bytes);
}

void Fiber::enter() {
  Switch::to(outside_stack_, memory_ + page, stack_bytes);
  inside_ = context::jump_fcontext(inside_, this).fctx;
  Switch::arrived(outside_stack_, nullptr, nullptr);
}

void Fiber::leave() {
  Switch::to(inside_stack_, outside_bottom_, outside_bytes_);
  outside_ = context::jump_fcontext(outside_, nullptr).fctx;
  Switch::arrived(inside_stack_, &outside_bottom_, &outside_bytes_);
}

}  // namespace graft::emulator
