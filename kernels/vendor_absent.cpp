#include "kernels/vendor_entry.h"

namespace graft {

namespace {

constexpr auto reason =
    "this build has no cuDNN and cuBLAS: their headers were not found when it was configured";

}  // namespace

std::string why_no_cudnn() { return reason; }
std::string why_no_cublas() { return reason; }

}  // namespace graft
