#include <utility>

#include "engine/check.h"
#include "kernels/emulator/block_runner.h"
#include "kernels/emulator/checker.h"
#include "kernels/emulator/source_line.h"

// The words for what the checker finds.
namespace graft::emulator {

namespace {

std::string in_three(int64_t linear, int64_t x, int64_t y) {
  return text("(", linear % x, ",", linear / x % y, ",", linear / x / y, ")");
}

// Cells keep the low half of an address; the rest is that of a line in the same program.
const void* whole_address(uint32_t low, const void* near) {
  const uintptr_t here = reinterpret_cast<uintptr_t>(near);
  const int32_t distance = static_cast<int32_t>(low - static_cast<uint32_t>(here));
  return reinterpret_cast<const void*>(here + static_cast<uintptr_t>(int64_t{distance}));
}

}  // namespace

std::string Checker::name_of(Epoch who) const {
  std::string name = text("thread ", in_three(thread_of(who), launch_->block.x, launch_->block.y));
  if (serial_of(who) != serial_of(me_)) name += " of " + block_of(who);
  return name;
}

std::string Checker::block_of(Epoch who) const {
  const int64_t number = blocks_[serial_of(who) - serial_of(launch_start_)];
  return "block " + in_three(number, launch_->grid.x, launch_->grid.y);
}

std::string Checker::place_of(const Access& access) const {
  constexpr uintptr_t near = 1 << 20;
  if (access.at + near - shared_begin_ < 2 * near && !is_global(access.at))
    return text("byte ", static_cast<int64_t>(access.at - shared_begin_), " of a shared struct of ",
                shared_bytes_, " bytes");
  if (!is_global(access.at)) return text("address 0x", std::hex, access.at, ", which is not the device's");
  const GuardedMemory::Range range = memory_.allocation_before(access.at - global_begin_);
  if (range.bytes == 0) return "device memory in front of every allocation";
  return text("byte ", access.at - global_begin_ - range.begin, " of an allocation of ", range.bytes,
              " bytes");
}

void Checker::found(const char* kind, const Access& access, const char* other_did, Epoch other,
                    uint32_t other_line) {
  const std::string what = text(kind, ": ", access.writes ? "writes " : "reads ", access.bytes,
                                access.bytes == 1 ? " byte at " : " bytes at ", place_of(access));
  leave(what, access.line, other == nobody ? "" : text(", ", other_did, name_of(other)),
        other == nobody ? nullptr : whole_address(other_line, access.line));
}

void Checker::index_outside(const char* file, uint32_t line, const char* type, uint64_t index) {
  leave(text("out of bounds: index ", static_cast<int64_t>(index), " of ", type, " at ",
             repository_path(file), ":", line),
        nullptr, "", nullptr);
}

void Checker::leave(const std::string& what, const void* line, std::string other, const void* other_line) {
  report_ = Report{text("kernel ", launch_->kernel, ", ", block_of(me_), ", ", name_of(me_)), what, line,
                   std::move(other), other_line};
  has_report_ = true;
  thread_->runner->leave_thread();
}

std::string Checker::take_report() {
  has_report_ = false;
  return tell(report_);
}

}  // namespace graft::emulator
