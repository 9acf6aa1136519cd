#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/guarded_memory.h"
#include "kernels/emulator/access_counts.h"
#include "kernels/emulator/clocks.h"
#include "kernels/emulator/report.h"
#include "kernels/emulator/shadow.h"
#include "kernels/emulator/thread.h"

namespace graft::emulator {

struct Launch;

enum class Space : uint8_t { shared, global };

// One access of the running thread, or the part of it that one cell describes.
struct Access {
  uintptr_t at;
  int bytes;
  bool writes;
  Space space;
  const void* line;                // the address behind the call
  const void* released = nullptr;  // a releasing store: the word it goes to
};

// Watches what the kernels of the checked device read and write. access.h has the short way of an access that
// is plainly right; what is left comes to resolve(), which finds out what is wrong, or that nothing is.
class Checker {
 public:
  explicit Checker(GuardedMemory& memory);

  void start_launch(const Launch& launch, bool count);
  void start_block(const Block& block, int64_t block_number);
  void end_block();
  // The thread that runs from now on, null for none, and its stack.
  void switch_to(const Thread* thread, const void* stack, size_t stack_bytes);
  void use_shared_struct(size_t bytes);

  void block_barrier();
  void warp_barrier(int warp, uint32_t mask);

  // An asynchronous copy reads its source (null for zeros) when it is issued and when it arrives, and has its
  // destination to itself from the issue to the wait.
  void copy_issued(void* to, const void* from, int bytes, const void* line);
  void copy_waited_for(void* to, const void* from, int bytes, const void* line);

  template <bool writes, int bytes>
  void access(const void* at, const void* line);  // access.h
  void any_access(bool writes, const void* at, size_t bytes, const void* line);
  enum class Atomic { load, store, update };
  void atomic(const void* at, Atomic what, const void* line);
  void index_outside(const char* file, uint32_t line, const char* type, uint64_t index);

  const Counts& counts() const { return counts_; }
  bool has_report() const { return has_report_; }
  std::string take_report();

 private:
  template <bool writes, Space space>
  void check_cell(Cell& cell, uintptr_t at, int bytes, const void* line);
  template <bool writes, Space space>
  void check_words(const Shadow& shadow, size_t offset, uintptr_t at, int bytes, const void* line);
  void check(Cell& cell, const Access& access);
  void check_memory(const Access& access);
  void check_bytes(const Access& access);
  void trace(const Access& access);

  void resolve(Cell& cell, const Access& access);
  void check_not_in_flight(Cell& cell, const Access& access);
  void check_readers(const Cell& cell, const Access& access);
  void check_allocated(const Access& access);
  void record_write(Cell& cell, const void* line) const;
  void record_only_reader(Cell& cell, const void* line) const;
  void join_readers(Cell& cell, const void* line) const;
  bool knows(Epoch epoch, const Access& access) const;
  void elsewhere(const Access& access);

  [[noreturn]] void found(const char* kind, const Access& access, const char* other_did = "",
                          Epoch other = nobody, uint32_t other_line = 0);
  [[noreturn]] void leave(const std::string& what, const void* line, std::string other,
                          const void* other_line);
  std::string place_of(const Access& access) const;
  std::string name_of(Epoch who) const;
  std::string block_of(Epoch who) const;

  bool is_shared(uintptr_t at) const { return at - shared_begin_ < shared_bytes_; }
  bool is_global(uintptr_t at) const { return at - global_begin_ < GuardedMemory::capacity; }
  const Shadow& shadow(Space space) const { return space == Space::shared ? shared_ : global_; }
  size_t offset_of(const Access& access) const {
    return access.at - (access.space == Space::shared ? shared_begin_ : global_begin_);
  }

  // What access.h needs comes first.
  Epoch me_ = nobody, base_ = nobody, block_start_ = nobody, launch_start_ = nobody;
  uint32_t my_lane_ = 0;  // a bit
  bool counting_ = false;
  uintptr_t shared_begin_ = 0, global_begin_, stack_begin_ = 0;
  size_t shared_bytes_ = 0, stack_bytes_ = 0;
  Shadow shared_, global_{GuardedMemory::capacity};

  GuardedMemory& memory_;
  const Launch* launch_ = nullptr;
  const Thread* thread_ = nullptr;
  uint32_t next_serial_ = 1;
  std::vector<int64_t> blocks_;  // of the launch, as they ran: serial numbers go by that
  size_t shared_capacity_ = 0;
  Clocks clocks_;
  AccessTrace trace_;
  Counts counts_;
  Report report_;
  bool has_report_ = false;
};

// Of the kernel that this host thread is running; null outside kernels.
extern constinit thread_local Checker* checker __attribute__((tls_model("initial-exec")));

}  // namespace graft::emulator
