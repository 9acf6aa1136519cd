#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "engine/device.h"
#include "engine/step_state.h"
#include "engine/tensor.h"

namespace graft {

struct RunContext {
  Stream& stream;
  void* scratch = nullptr;     // scratch_bytes() of the prepared op, contents unknown
  StepState* state = nullptr;  // device memory
};

// An implementation made ready for one problem; owned by the plan. It holds the library's primitives and
// packed weights.
template <class Op>
class Prepared {
 public:
  virtual ~Prepared() = default;
  virtual size_t scratch_bytes() const { return 0; }
  virtual size_t kept_bytes() const { return 0; }
  // How many multiplications it makes of a problem of so many multiply-adds: transformed ones are fewer.
  virtual int64_t products(int64_t macs) const { return macs; }

  // Called once, with the operands that Op::Problem calls constant filled in. True: they have been packed,
  // and run() will never look at them again.
  virtual bool keep_constants(const typename Op::Args&, const RunContext&) { return false; }
  virtual void run(const typename Op::Args& args, const RunContext& context) = 0;
};

// How a sum is formed. Exact: products of small integers give the exact integer. Transformed (Winograd): not.
enum class Arithmetic : uint8_t { exact, transformed };

// Whose code it is. The vendor's (cuDNN, cuBLAS) is there to be compared with: it is chosen where asked for.
enum class Provider : uint8_t { own, vendor };

template <class Op>
struct Implementation {
  std::string_view name;
  DeviceKind device;
  // Empty, or why this implementation cannot serve the problem on that device.
  std::string (*refuse)(const typename Op::Problem&, const DeviceProperties&);
  std::unique_ptr<Prepared<Op>> (*prepare)(const typename Op::Problem&, Device&);
  Arithmetic arithmetic = Arithmetic::exact;
  Math math = Math::fp32;  // what its products are formed from, where the op has any
  Provider provider = Provider::own;
};

// The plain loops at the end of a list: what serves where nothing else does, and is never timed.
constexpr std::string_view reference_name = "reference";

// The op's list, fastest first, the plain reference last. Each op specialises this beside its contract.
template <class Op>
std::span<const Implementation<Op>> implementations();

template <class Op>
std::string accept_all(const typename Op::Problem&, const DeviceProperties&) {
  return {};
}

}  // namespace graft
