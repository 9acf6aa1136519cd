#pragma once

#include <memory>
#include <string>

#include "engine/check.h"
#include "engine/op.h"

namespace graft {

template <class Op>
size_t no_scratch(const typename Op::Problem&) {
  return 0;
}

// An op whose work is one function of a kernel file.
template <class Op,
          void (*run_kernels)(const typename Op::Problem&, const typename Op::Args&, const RunContext&),
          size_t (*scratch)(const typename Op::Problem&)>
class KernelPrepared final : public Prepared<Op> {
 public:
  explicit KernelPrepared(const typename Op::Problem& problem) : problem_(problem) {}
  size_t scratch_bytes() const override { return scratch(problem_); }
  void run(const typename Op::Args& args, const RunContext& context) override {
    run_kernels(problem_, args, context);
  }

  static std::unique_ptr<Prepared<Op>> prepare(const typename Op::Problem& problem, Device&) {
    return std::make_unique<KernelPrepared>(problem);
  }

 private:
  typename Op::Problem problem_;
};

template <class Op>
std::string refuse_other_than_float32(const typename Op::Problem& problem, const DeviceProperties&) {
  if (problem.dtype == DType::float32) return {};
  return text("computes in float32, not in ", name_of(problem.dtype));
}

// For entries that round their operands.
template <class Op, std::string (*refuse)(const typename Op::Problem&, const DeviceProperties&)>
std::string refuse_unless_tf32(const typename Op::Problem& problem, const DeviceProperties& device) {
  if (problem.math != Math::tf32) return text("computes in tf32, not in ", name_of(problem.math));
  return refuse(problem, device);
}

}  // namespace graft

// The lines of an op's list for a function that a kernel file defines for each device:
//   GRAFT_KERNEL_ENTRIES("simt", Add, add_simt, no_scratch<Add>, refuse_other_than_float32<Add>)
#define GRAFT_KERNEL_ENTRY(device, name, Op, function, scratch, ... /* refuse */)                 \
  Implementation<Op> {                                                                            \
    name, DeviceKind::device, __VA_ARGS__, KernelPrepared<Op, device::function, scratch>::prepare \
  }
#if GRAFT_CUDA
#define GRAFT_CUDA_ENTRY(...) GRAFT_KERNEL_ENTRY(cuda, __VA_ARGS__),
#else
#define GRAFT_CUDA_ENTRY(...)
#endif
#if GRAFT_CHECKED
#define GRAFT_CHECKED_ENTRY(...) GRAFT_KERNEL_ENTRY(checked, __VA_ARGS__),
#else
#define GRAFT_CHECKED_ENTRY(...)
#endif
#define GRAFT_KERNEL_ENTRIES(...)  \
  GRAFT_CUDA_ENTRY(__VA_ARGS__)    \
  GRAFT_CHECKED_ENTRY(__VA_ARGS__) \
  GRAFT_KERNEL_ENTRY(emulated, __VA_ARGS__)
