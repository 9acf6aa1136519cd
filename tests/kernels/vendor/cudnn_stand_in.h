#pragma once

#include <set>
#include <vector>

#include "kernels/conv_cases.h"
#include "kernels/cudnn_support.h"

// What cuDNN is asked for, by a stand-in that computes it as the documentation says, in host memory. It is no
// GPU result; it shows that our shapes, pads, strides, groups and epilogues say what they mean.
namespace graft::test {

// What it has been given and asked for since stand_in_for_the_gpu().
struct CudnnStandIn {
  std::set<const void*> live;
  int handles = 0;
  std::vector<cudnnConvolutionFwdAlgoPerf_t> forward;
  int algorithm = -1;
  cudnnMathType_t math{};
  const void *scratch = nullptr, *bias = nullptr, *result = nullptr;
  size_t scratch_bytes = 0;
};
extern CudnnStandIn stand_in;

// Everything that needs a GPU; and all of the library.
void stand_in_for_the_gpu(cudnn::Api& api);
cudnn::Api stand_in_api();

// The algorithms that it offers, and their scratch memory.
constexpr size_t workspace = 80;

template <class Found, class Algorithm>
Found offer(Algorithm algorithm, cudnnMathType_t math = CUDNN_FMA_MATH,
            cudnnDeterminism_t determinism = CUDNN_DETERMINISTIC) {
  Found found{};
  found.algo = algorithm;
  found.status = CUDNN_STATUS_SUCCESS;
  found.memory = workspace;
  found.determinism = determinism;
  found.mathType = math;
  return found;
}

using Forward = cudnnConvolutionFwdAlgoPerf_t;

template <class Found>
cudnnStatus_t give(const std::vector<Found>& offers, int most, int* count, Found* found) {
  CHECK(most >= static_cast<int>(offers.size()));
  std::copy(offers.begin(), offers.end(), found);
  *count = static_cast<int>(offers.size());
  return CUDNN_STATUS_SUCCESS;
}

}  // namespace graft::test
