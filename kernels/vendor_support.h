#pragma once

#include "kernels/kernel_entry.h"
#include "kernels/shared_library.h"
#include "kernels/vendor_entry.h"

namespace graft {

// A library's functions, `Api`, looked for when it is made; fill(library, api) is whether all were found.
template <class Api>
class VendorFunctions {
 public:
  template <class Fill>
  VendorFunctions(const std::string& file, const Fill& fill) : library_(file) {
    complete_ = library_.why_not().empty() && fill(library_, api_);
  }
  const std::string& why_not() const { return library_.why_not(); }
  const Api* api() const { return complete_ ? &api_ : nullptr; }

 private:
  SharedLibrary library_;
  Api api_;
  bool complete_;
};

// In the op's cudnn.cpp or cublas.cpp: what the op's lines consist of, with the functions to call.
template <class Op>
std::string refuse_vendor(const typename Op::Problem& problem, const DeviceProperties& device);
template <class Op, class Api>
std::unique_ptr<Prepared<Op>> prepare_vendor(const typename Op::Problem& problem, Math math, Device& device,
                                             const Api& api);

template <class Library, class Op, Math math>
std::string Vendor<Library, Op, math>::refuse(const typename Op::Problem& problem,
                                              const DeviceProperties& device) {
  const std::string missing = Library::why_not();
  return missing.empty() ? refuse_other_math<math, Op, refuse_vendor<Op>>(problem, device) : missing;
}
template <class Library, class Op, Math math>
std::unique_ptr<Prepared<Op>> Vendor<Library, Op, math>::prepare(const typename Op::Problem& problem,
                                                                 Device& device) {
  std::unique_ptr<Prepared<Op>> prepared;
  device.call([&] { prepared = prepare_vendor<Op>(problem, math, device, *Library::api()); });
  return prepared;
}

}  // namespace graft

#define GRAFT_VENDOR_OP(Library, Op)               \
  template struct Vendor<Library, Op, Math::fp32>; \
  template struct Vendor<Library, Op, Math::tf32>; \
  template struct Vendor<Library, Op, Math::bf16>;
