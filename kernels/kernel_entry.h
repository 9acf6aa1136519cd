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

// Why a product's epilogue cannot end in the activation, or nothing.
template <class Problem>
std::string refuse_product_with_gelu(const Problem& problem) {
  if constexpr (requires { problem.activation, problem.macs(); })
    if (problem.activation.kind == problem.activation.gelu)
      return "gelu would take registers from the product; it is a step of its own";
  return {};
}

template <class Op>
std::string refuse_other_than_float32(const typename Op::Problem& problem, const DeviceProperties&) {
  if (problem.dtype == DType::float32) return refuse_product_with_gelu(problem);
  return text("computes in float32, not in ", name_of(problem.dtype));
}

// Why a problem whose operands have several types is not served, or nothing.
template <class Problem>
std::string refuse_mixed(const Problem& problem) {
  if constexpr (requires { problem.mixed(); })
    if (problem.mixed()) return "its operands are of one type";
  return {};
}

// For kernels that compute in float32 whichever of the two is in memory.
template <class Op, std::string (*refuse)(const typename Op::Problem&, const DeviceProperties&)>
std::string also_bfloat16(const typename Op::Problem& problem, const DeviceProperties& device) {
  if (problem.dtype != DType::bfloat16) return refuse(problem, device);
  const std::string reason = refuse_mixed(problem);
  if (!reason.empty()) return reason;
  typename Op::Problem wide = problem;
  wide.dtype = DType::float32;
  return refuse(wide, device);
}

// Products of float32 may be formed from float32 in a problem that allows TF32, never the other way round;
// bfloat16 is a type of its own.
template <Math math, class Op, std::string (*refuse)(const typename Op::Problem&, const DeviceProperties&)>
std::string refuse_other_math(const typename Op::Problem& problem, const DeviceProperties& device) {
  if (problem.dtype != dtype_of(math))
    return text("computes in ", name_of(dtype_of(math)), ", not in ", name_of(problem.dtype));
  if (math == Math::tf32 && problem.math != math)
    return text("computes in ", name_of(math), ", not in ", name_of(problem.math));
  for (const std::string& reason : {refuse_mixed(problem), refuse_product_with_gelu(problem)})
    if (!reason.empty()) return reason;
  return refuse(problem, device);
}

}  // namespace graft

// The lines of an op's list for a function that a kernel file defines for each device:
//   GRAFT_KERNEL_ENTRIES("simt", Add, add_simt, no_scratch<Add>, refuse_other_than_float32<Add>)
#define GRAFT_KERNEL_ENTRY(device, name, Op, function, scratch, ... /* refuse */)                 \
  Implementation<Op> {                                                                            \
    name, DeviceKind::device, __VA_ARGS__, KernelPrepared<Op, device::function, scratch>::prepare \
  }
#define GRAFT_PRODUCT_ENTRY(device, math, name, Op, function, scratch, refuse)                \
  Implementation<Op> {                                                                        \
    name, DeviceKind::device, refuse_other_math<math, Op, refuse>,                            \
        KernelPrepared<Op, device::function<math>, scratch>::prepare, Arithmetic::exact, math \
  }
#if GRAFT_CUDA
#define GRAFT_IF_CUDA(...) __VA_ARGS__,
#else
#define GRAFT_IF_CUDA(...)
#endif
#if GRAFT_CHECKED
#define GRAFT_IF_CHECKED(...) __VA_ARGS__,
#else
#define GRAFT_IF_CHECKED(...)
#endif
#define GRAFT_KERNEL_ENTRIES(...)                            \
  GRAFT_IF_CUDA(GRAFT_KERNEL_ENTRY(cuda, __VA_ARGS__))       \
  GRAFT_IF_CHECKED(GRAFT_KERNEL_ENTRY(checked, __VA_ARGS__)) \
  GRAFT_KERNEL_ENTRY(emulated, __VA_ARGS__)
// Those of a product, whose function is a template of the math:
//   GRAFT_PRODUCT_ENTRIES("gemm", DenseForward, dense_forward_gemm, scratch, refuse)
#define GRAFT_PRODUCT_ENTRIES(name, ...)                         \
  GRAFT_MATH_ENTRIES(Math::bf16, name "_bf16", __VA_ARGS__),     \
      GRAFT_MATH_ENTRIES(Math::tf32, name "_tf32", __VA_ARGS__), \
      GRAFT_MATH_ENTRIES(Math::fp32, name, __VA_ARGS__)
#define GRAFT_MATH_ENTRIES(...)                               \
  GRAFT_IF_CUDA(GRAFT_PRODUCT_ENTRY(cuda, __VA_ARGS__))       \
  GRAFT_IF_CHECKED(GRAFT_PRODUCT_ENTRY(checked, __VA_ARGS__)) \
  GRAFT_PRODUCT_ENTRY(emulated, __VA_ARGS__)
