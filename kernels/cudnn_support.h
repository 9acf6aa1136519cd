#pragma once

#include <cudnn.h>

#include <span>

#include "engine/check.h"
#include "engine/cuda_device.h"
#include "kernels/activation/activation.h"
#include "kernels/vendor_support.h"

// All of cuDNN's interface that more than one op needs. Only the cudnn.cpp files and their tests include
// this.
namespace graft::cudnn {

// clang-format off
#define GRAFT_CUDNN_FUNCTIONS(each) \
  each(cudnnGetErrorString) each(cudnnCreate) each(cudnnDestroy) each(cudnnSetStream) \
  each(cudnnCreateTensorDescriptor) each(cudnnDestroyTensorDescriptor) \
  each(cudnnSetTensor4dDescriptorEx) each(cudnnCreateFilterDescriptor) \
  each(cudnnDestroyFilterDescriptor) each(cudnnSetFilter4dDescriptor) \
  each(cudnnCreateConvolutionDescriptor) each(cudnnDestroyConvolutionDescriptor) \
  each(cudnnSetConvolution2dDescriptor) each(cudnnSetConvolutionGroupCount) \
  each(cudnnSetConvolutionMathType) each(cudnnCreateActivationDescriptor) \
  each(cudnnDestroyActivationDescriptor) each(cudnnSetActivationDescriptor) \
  each(cudnnSetActivationDescriptorSwishBeta) each(cudnnActivationForward) each(cudnnAddTensor) \
  each(cudnnGetConvolutionForwardAlgorithm_v7) each(cudnnGetConvolutionBackwardDataAlgorithm_v7) \
  each(cudnnGetConvolutionBackwardFilterAlgorithm_v7) each(cudnnConvolutionForward) \
  each(cudnnConvolutionBiasActivationForward) each(cudnnConvolutionBackwardData) \
  each(cudnnConvolutionBackwardFilter)
// clang-format on

// The library's functions, found while the program runs. Tests put their own in their place.
struct Api {
#define GRAFT_MEMBER(name) decltype(&::name) name = nullptr;
  GRAFT_CUDNN_FUNCTIONS(GRAFT_MEMBER)
#undef GRAFT_MEMBER

  void check(cudnnStatus_t status, const char* doing) const;
};

// Null where the library is not found; why_no_cudnn() says why.
const Api* api();

// Made once for a device, shared by all that it prepares, and gone with the last of them.
class Handle {
 public:
  Handle(const Api& api, Device& device);
  ~Handle();
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  cudnnHandle_t get() const { return handle_; }

  const Api& api;

 private:
  cudnnHandle_t handle_ = nullptr;
};
std::shared_ptr<Handle> handle_of(Device& device, const Api& api);

template <class T>
struct DescriptorCalls;
#define GRAFT_DESCRIPTOR(type, kind)                                      \
  template <>                                                             \
  struct DescriptorCalls<type> {                                          \
    static constexpr auto create = &Api::cudnnCreate##kind##Descriptor;   \
    static constexpr auto destroy = &Api::cudnnDestroy##kind##Descriptor; \
  };
GRAFT_DESCRIPTOR(cudnnTensorDescriptor_t, Tensor)
GRAFT_DESCRIPTOR(cudnnFilterDescriptor_t, Filter)
GRAFT_DESCRIPTOR(cudnnConvolutionDescriptor_t, Convolution)
GRAFT_DESCRIPTOR(cudnnActivationDescriptor_t, Activation)
#undef GRAFT_DESCRIPTOR

template <class T>
class Descriptor {
 public:
  explicit Descriptor(const Api& api) : api_(api) {
    api.check((api.*DescriptorCalls<T>::create)(&handle_), "describing an operand");
  }
  ~Descriptor() { (api_.*DescriptorCalls<T>::destroy)(handle_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  operator T() const { return handle_; }

 private:
  const Api& api_;
  T handle_ = nullptr;
};

cudnnDataType_t data_type(DType dtype);
int whole(int64_t size);  // sizes are ints there; entries refuse what does not fit

// A dense tensor N,H,W,C.
class Tensor : public Descriptor<cudnnTensorDescriptor_t> {
 public:
  Tensor(const Api& api, DType dtype, int64_t n, int64_t h, int64_t w, int64_t c);
};

// Not all activations are offered: hard_sigmoid and hard_swish are not.
bool offers(Activation activation);
class ActivationOf : public Descriptor<cudnnActivationDescriptor_t> {
 public:
  ActivationOf(const Api& api, Activation activation);
};

// Of results, which are assigned: y = one f(x) + zero y.
inline constexpr float one = 1, zero = 0;

inline std::string refuse_beyond_int(std::initializer_list<int64_t> counts) {
  for (const int64_t count : counts)
    if (count >= int64_t{1} << 31) return text("a tensor of ", count, " elements is beyond cuDNN's counts");
  return {};
}

}  // namespace graft::cudnn

namespace graft {

struct Cudnn {
  static std::string why_not() { return why_no_cudnn(); }
  static const cudnn::Api* api() { return cudnn::api(); }
};

}  // namespace graft
