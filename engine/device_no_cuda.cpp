#include "engine/check.h"
#include "engine/device_factories.h"

namespace graft {

std::unique_ptr<Device> open_cuda_device(int) {
  fail(ErrorCode::device,
       "device 'cuda': this build has no CUDA (built with GRAFT_CUDA=OFF); use --device cpu");
}

int cuda_device_count() { return 0; }

}  // namespace graft
