#pragma once

#include "engine/op.h"

// Lines of an op's list for the vendor's libraries, in a build that found their headers.
namespace graft {

struct Cudnn;
struct Cublas;

// Instantiated in the op's cudnn.cpp or cublas.cpp (vendor_support.h). `math` is what products are formed
// from.
template <class Library, class Op, Math math>
struct Vendor {
  static std::string refuse(const typename Op::Problem& problem, const DeviceProperties& device);
  static std::unique_ptr<Prepared<Op>> prepare(const typename Op::Problem& problem, Device& device);
};

template <class Library, class Op, Math math>
constexpr Implementation<Op> vendor_entry(std::string_view name) {
  using Entry = Vendor<Library, Op, math>;
  return {name, DeviceKind::cuda, Entry::refuse, Entry::prepare, Arithmetic::exact, math, Provider::vendor};
}

// Empty where the vendor's libraries were found and load, else what is missing and what to do.
std::string why_no_cudnn();
std::string why_no_cublas();

}  // namespace graft

#if GRAFT_VENDOR
#define GRAFT_VENDOR_ENTRIES(Library, name, Op)                                                             \
  vendor_entry<Library, Op, Math::bf16>(name "_bf16"), vendor_entry<Library, Op, Math::tf32>(name "_tf32"), \
      vendor_entry<Library, Op, Math::fp32>(name),
#else
#define GRAFT_VENDOR_ENTRIES(Library, name, Op)
#endif
