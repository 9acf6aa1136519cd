#pragma once

#include <ostream>

#include "engine/cuda_device.h"
#include "engine/op.h"

namespace graft {

// An op that only launches a kernel by name, and only on the stand-in: it reads x and writes y.
struct Touch {
  static constexpr std::string_view name = "touch";
  struct Problem {
    const char* kernel;
    size_t shared_bytes = 0;
  };
  struct Args {
    TensorView x, y;
  };
};

inline std::ostream& operator<<(std::ostream& out, const Touch::Problem& problem) {
  return out << problem.kernel;
}

class TouchPrepared final : public Prepared<Touch> {
 public:
  explicit TouchPrepared(const Touch::Problem& problem) : problem_(problem) {}
  void run(const Touch::Args&, const RunContext& context) override {
    static_cast<CudaStream&>(context.stream)
        .launch({.name = problem_.kernel, .kernel = problem_.kernel, .shared_bytes = problem_.shared_bytes});
  }

 private:
  Touch::Problem problem_;
};

template <>
inline std::span<const Implementation<Touch>> implementations<Touch>() {
  static const Implementation<Touch> list[] = {
      {"stand_in", DeviceKind::cuda, accept_all<Touch>,
       [](const Touch::Problem& problem, Device&) -> std::unique_ptr<Prepared<Touch>> {
         return std::make_unique<TouchPrepared>(problem);
       }}};
  return list;
}

}  // namespace graft
