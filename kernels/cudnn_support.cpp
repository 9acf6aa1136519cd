#include "kernels/cudnn_support.h"

namespace graft {

namespace {

bool find_all(SharedLibrary& file, cudnn::Api& api) {
  bool complete = true;
#define GRAFT_FIND(name) complete = complete && file.find(#name, api.name);
  GRAFT_CUDNN_FUNCTIONS(GRAFT_FIND)
#undef GRAFT_FIND
  return complete;
}

// Found once a process, when it is first asked for.
const VendorFunctions<cudnn::Api>& library() {
  static const VendorFunctions<cudnn::Api> found(text("libcudnn.so.", CUDNN_MAJOR), find_all);
  return found;
}

}  // namespace

std::string why_no_cudnn() { return library().why_not(); }

namespace cudnn {

const Api* api() { return library().api(); }

void Api::check(cudnnStatus_t status, const char* doing) const {
  GRAFT_CHECK(status == CUDNN_STATUS_SUCCESS, device, "cuDNN: ", doing,
              " failed: ", cudnnGetErrorString(status), " (", static_cast<int>(status), ")");
}

Handle::Handle(const Api& api, Device& device) : api(api) {
  api.check(api.cudnnCreate(&handle_), "starting the library");
  const auto status = api.cudnnSetStream(handle_, static_cast<CudaStream&>(device.stream()).handle());
  if (status != CUDNN_STATUS_SUCCESS) api.cudnnDestroy(handle_);
  api.check(status, "taking the device's stream");
}
Handle::~Handle() { api.cudnnDestroy(handle_); }

std::shared_ptr<Handle> handle_of(Device& device, const Api& api) {
  return device.shared<Handle>([&] { return std::make_shared<Handle>(api, device); });
}

cudnnDataType_t data_type(DType dtype) {
  if (dtype == DType::float32) return CUDNN_DATA_FLOAT;
  GRAFT_CHECK(dtype == DType::bfloat16, device, "cuDNN: no entry takes ", name_of(dtype));
  return CUDNN_DATA_BFLOAT16;
}

int whole(int64_t size) {
  GRAFT_CHECK(size >= 0 && size < int64_t{1} << 31, device, "cuDNN: a size of ", size, " is beyond its ints");
  return static_cast<int>(size);
}

Tensor::Tensor(const Api& api, DType dtype, int64_t n, int64_t h, int64_t w, int64_t c) : Descriptor(api) {
  api.check(api.cudnnSetTensor4dDescriptorEx(*this, data_type(dtype), whole(n), whole(c), whole(h), whole(w),
                                             whole(h * w * c), 1, whole(w * c), whole(c)),
            "describing a tensor");
}

namespace {

cudnnActivationMode_t mode_of(Activation activation) {
  switch (activation.kind) {
    case Activation::none: return CUDNN_ACTIVATION_IDENTITY;
    case Activation::relu: return CUDNN_ACTIVATION_RELU;
    case Activation::relu6: return CUDNN_ACTIVATION_CLIPPED_RELU;
    case Activation::sigmoid: return CUDNN_ACTIVATION_SIGMOID;
    case Activation::silu: return CUDNN_ACTIVATION_SWISH;
    case Activation::hard_sigmoid:
    case Activation::hard_swish:
    case Activation::leaky_relu:
    case Activation::gelu: break;
  }
  fail(ErrorCode::device, "cuDNN: no entry takes ", name_of(activation));
}

}  // namespace

bool offers(Activation activation) {
  return activation.kind <= Activation::silu;
}

ActivationOf::ActivationOf(const Api& api, Activation activation) : Descriptor(api) {
  const double end_of_clipped_relu = 6;
  api.check(
      api.cudnnSetActivationDescriptor(*this, mode_of(activation), CUDNN_PROPAGATE_NAN, end_of_clipped_relu),
      "describing an activation");
  if (activation == Activation::silu)
    api.check(api.cudnnSetActivationDescriptorSwishBeta(*this, 1), "describing an activation");
}

}  // namespace cudnn
}  // namespace graft
