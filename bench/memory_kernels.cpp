#include "bench/kernel_case.h"
#include "kernels/elementwise/elementwise.h"
#include "kernels/pool/pool.h"

namespace graft::bench {

namespace {

using Inputs = std::vector<std::vector<float>>;

// The device's own copy: the bandwidth that kernels bound by memory are held against.
void register_roof(const Settings& settings) {
  static constexpr size_t bytes = size_t{256} << 20;
  register_case(
      text("roof/copy/256MiB/", settings.device),
      [=]() -> Pass {
        std::shared_ptr<Device> device = open_device(settings.device, {.threads = settings.threads});
        auto from = std::make_shared<Buffer>(*device, bytes), to = std::make_shared<Buffer>(*device, bytes);
        return [device, from, to, clock = std::make_shared<DeviceClock>(*device)] {
          return clock->time([&] { device->copy(to->data(), from->data(), bytes, device->stream()); });
        };
      },
      1, {0, 2.0 * bytes}, Clock::device);
}

double add_element(const AddProblem& p, const Inputs& in, int64_t i) {
  return activate(p.activation, in[0][i] + in[1][i]);
}

double activation_element(const ActivationProblem& p, const Inputs& in, int64_t i) {
  return activate(p.activation, in[0][i]);
}

double gradient_element(const ActivationProblem& p, const Inputs& in, int64_t i) {
  return activation_gradient<double>(p.activation, in[0][i], in[1][i]);
}

double copy_element(const CopyProblem&, const Inputs& in, int64_t i) { return in[0][i]; }

double max_element(const PoolProblem& p, const Inputs& in, int64_t i) {
  const int64_t c = i % p.c, q = i / p.c % p.q, row = i / p.c / p.q % p.p, n = i / p.c / p.q / p.p;
  double most = -1e30;
  for (int64_t h = std::max<int64_t>(p.rows(row).begin, 0); h < std::min(p.rows(row).end, p.h); ++h)
    for (int64_t w = std::max<int64_t>(p.columns(q).begin, 0); w < std::min(p.columns(q).end, p.w); ++w)
      most = std::max<double>(most, in[0][((n * p.h + h) * p.w + w) * p.c + c]);
  return most;
}

}  // namespace

void register_memory_kernels(const Settings& settings) {
  if (settings.device != "cpu") register_roof(settings);
  const Shape shape{32, 56, 56, 256};
  const int64_t count = shape.count();
  const ActivationProblem relu{32, 56, 56, 256, Activation::relu};
  using F = ActivationForward::Args;
  using B = ActivationBackward::Args;
  register_kernel<Add>({"resnet50.layer1.0",
                        "add",
                        {count, Activation::relu},
                        {{&Add::Args::a, shape}, {&Add::Args::b, shape}},
                        &Add::Args::y,
                        shape,
                        add_element},
                       false, settings);
  register_kernel<ActivationForward>(
      {"resnet50.layer1.0", "activation/forward", relu, {{&F::x, shape}}, &F::y, shape, activation_element},
      false, settings);
  register_kernel<ActivationBackward>({"resnet50.layer1.0",
                                       "activation/backward",
                                       relu,
                                       {{&B::y, shape}, {&B::dy, shape}},
                                       &B::dx,
                                       shape,
                                       gradient_element},
                                      false, settings);
  register_kernel<Copy>({"resnet50.layer1.0",
                         "copy",
                         {count / 256, 256},
                         {{&Copy::Args::x, shape}},
                         &Copy::Args::y,
                         shape,
                         copy_element},
                        false, settings);
  PoolProblem pool{.kind = PoolKind::max, .n = 32, .h = 112, .w = 112, .c = 64, .p = 56, .q = 56};
  pool.r = pool.s = 3;
  pool.stride_h = pool.stride_w = 2;
  pool.pad_top = pool.pad_left = pool.pad_bottom = pool.pad_right = 1;
  register_kernel<PoolForward>({"resnet50.maxpool",
                                "max_pool/forward",
                                pool,
                                {{&PoolForward::Args::x, {32, 112, 112, 64}}},
                                &PoolForward::Args::y,
                                {32, 56, 56, 64},
                                max_element},
                               false, settings);
}

}  // namespace graft::bench
