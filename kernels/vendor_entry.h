#pragma once

#include "engine/op.h"
#include "kernels/kernel_entry.h"

// Lines of an op's list for the vendor's libraries, in a build that found their headers.
namespace graft {

// Instantiated in the op's cudnn.cpp or cublas.cpp. `math` is what products are formed from; ops without any
// have Math::fp32.
template <class Op, Math math>
struct Cudnn {
  static std::string refuse(const typename Op::Problem& problem, const DeviceProperties& device);
  static std::unique_ptr<Prepared<Op>> prepare(const typename Op::Problem& problem, Device& device);
};
template <class Op, Math math>
struct Cublas {
  static std::string refuse(const typename Op::Problem& problem, const DeviceProperties& device);
  static std::unique_ptr<Prepared<Op>> prepare(const typename Op::Problem& problem, Device& device);
};

template <class Op, template <class, Math> class Library, Math math>
constexpr Implementation<Op> vendor_entry(std::string_view name) {
  return {name, DeviceKind::cuda, Library<Op, math>::refuse, Library<Op, math>::prepare, Arithmetic::exact,
          math, Provider::vendor};
}

// Empty where the vendor's libraries were found and load, else what is missing and what to do.
std::string why_no_cudnn();
std::string why_no_cublas();

}  // namespace graft

#if GRAFT_VENDOR
#define GRAFT_VENDOR_ENTRIES(Library, name, Op)                                                             \
  vendor_entry<Op, Library, Math::bf16>(name "_bf16"), vendor_entry<Op, Library, Math::tf32>(name "_tf32"), \
      vendor_entry<Op, Library, Math::fp32>(name),
#else
#define GRAFT_VENDOR_ENTRIES(Library, name, Op)
#endif
