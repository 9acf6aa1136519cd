#pragma once

#include <boost/context/detail/fcontext.hpp>
#include <cstddef>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

namespace graft::emulator {

// A call stack that can be left and entered again, by one host thread. A stack of its own ends in a page that
// may not be touched.
class Fiber {
 public:
  // Stands for the stack that the host thread has already.
  Fiber() = default;

  // `body` runs when the fiber is first gone to and must never return. `colour` spreads the stacks over the
  // cache's sets.
  Fiber(void (*body)(void* argument), void* argument, int colour);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Of a fiber with a stack of its own.
  const void* stack() const { return stack_bottom_; }
  size_t stack_bytes() const { return stack_bytes_; }

  // Called on this fiber's stack; returns when somebody goes to this fiber again.
  void go_to(Fiber& other) {
    going_to_ = &other;
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_start_switch_fiber(&sanitizer_state_, other.stack_bottom_, other.stack_bytes_);
#endif
    arrive(sanitizer_state_, boost::context::detail::jump_fcontext(other.context_, this));
  }

 private:
  // The first on this stack after a switch: notes where the fiber that was left goes on.
  static void arrive([[maybe_unused]] void*& sanitizer_state, boost::context::detail::transfer_t transfer) {
    Fiber& left = *static_cast<Fiber*>(transfer.data);
    left.context_ = transfer.fctx;
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_finish_switch_fiber(sanitizer_state, &left.stack_bottom_, &left.stack_bytes_);
#endif
  }
  [[noreturn]] static void begin(boost::context::detail::transfer_t transfer);

  void* context_ = nullptr;  // where it goes on
  Fiber* going_to_ = nullptr;
  void (*body_)(void*) = nullptr;
  void* argument_ = nullptr;
  unsigned char* memory_ = nullptr;
  // For the address sanitizer, which must be told of each change of stack.
  const void* stack_bottom_ = nullptr;
  size_t stack_bytes_ = 0;
  void* sanitizer_state_ = nullptr;
};

}  // namespace graft::emulator
