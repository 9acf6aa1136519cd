#pragma once

#include <cstddef>

namespace graft::emulator {

// A call stack that can be left and entered again, by one host thread. The stack ends in a page that may not
// be touched.
class Fiber {
 public:
  // `body` runs at the first enter() and must never return. `colour` spreads the stacks over the cache's
  // sets.
  Fiber(void (*body)(void* argument), void* argument, int colour);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  void enter();  // called from outside; returns when the fiber leaves
  void leave();  // called from inside; returns at the next enter()

 private:
  struct Switch;

  void (*body_)(void*);
  void* argument_;
  unsigned char* memory_;
  void* inside_ = nullptr;        // where the fiber goes on
  void* outside_ = nullptr;       // where its caller goes on
  void* inside_stack_ = nullptr;  // the address sanitizer's notes about both stacks
  void* outside_stack_ = nullptr;
  const void* outside_bottom_ = nullptr;
  size_t outside_bytes_ = 0;
};

}  // namespace graft::emulator
