#include "layers/pool.h"

#include "engine/check.h"
#include "engine/lowering.h"
#include "layers/fusion.h"
#include "layers/window.h"

namespace graft {

namespace {

int64_t output_size(int64_t size, int64_t before, int64_t after, int64_t kernel, int64_t stride,
                    bool ceil_mode) {
  const int64_t room = size + before + after - kernel;
  if (!ceil_mode) return room / stride + 1;
  int64_t outputs = (room + stride - 1) / stride + 1;
  if ((outputs - 1) * stride >= size + before) --outputs;
  return outputs;
}

}  // namespace

Pool::Pool(const PoolOptions& options) : options_(options) {
  GRAFT_CHECK(options.kernel_h > 0 && options.kernel_w > 0 && options.stride_h > 0 && options.stride_w > 0,
              shape, "a pool's kernel and stride must be at least 1");
}

std::shared_ptr<const Pool> Pool::adaptive_average(int64_t p, int64_t q) {
  GRAFT_CHECK(p > 0 && q > 0, shape, "adaptive pooling to ", p, "x", q, " is not possible");
  auto pool = std::make_shared<Pool>(
      PoolOptions{.kind = PoolKind::average, .kernel_h = 1, .kernel_w = 1, .padding = {}});
  pool->adaptive_p_ = p;
  pool->adaptive_q_ = q;
  return pool;
}

std::string_view Pool::type() const {
  return adaptive_p_ > 0                  ? "adaptive_average_pool"
         : options_.kind == PoolKind::max ? "max_pool"
                                          : "average_pool";
}

Attributes Pool::attributes() const {
  if (adaptive_p_ > 0) return {{"p", adaptive_p_}, {"q", adaptive_q_}};
  const PoolOptions& o = options_;
  Attributes attributes{{"kernel_h", o.kernel_h},
                        {"kernel_w", o.kernel_w},
                        {"stride_h", o.stride_h},
                        {"stride_w", o.stride_w},
                        {"ceil_mode", int64_t{o.ceil_mode}},
                        {"count_padding", int64_t{o.count_padding}}};
  add_padding(attributes, o.padding);
  return attributes;
}

PoolProblem Pool::problem(const Shape& x, DType dtype) const {
  const PoolOptions& o = options_;
  PoolProblem problem{.kind = o.kind,
                      .n = x.n(),
                      .h = x.h(),
                      .w = x.w(),
                      .c = x.c(),
                      .p = adaptive_p_,
                      .q = adaptive_q_,
                      .adaptive = adaptive_p_ > 0,
                      .dtype = dtype};
  if (problem.adaptive) return problem;
  const Padding pad = resolve(o.padding, x.h(), x.w(), o.kernel_h, o.kernel_w, o.stride_h, o.stride_w);
  GRAFT_CHECK(x.h() + pad.top + pad.bottom >= o.kernel_h && x.w() + pad.left + pad.right >= o.kernel_w, shape,
              "an input of ", x, " is smaller than the ", o.kernel_h, "x", o.kernel_w, " window");
  problem.p = output_size(x.h(), pad.top, pad.bottom, o.kernel_h, o.stride_h, o.ceil_mode);
  problem.q = output_size(x.w(), pad.left, pad.right, o.kernel_w, o.stride_w, o.ceil_mode);
  problem.r = o.kernel_h;
  problem.s = o.kernel_w;
  problem.stride_h = o.stride_h;
  problem.stride_w = o.stride_w;
  problem.pad_top = pad.top;
  problem.pad_left = pad.left;
  problem.pad_bottom = pad.bottom;
  problem.pad_right = pad.right;
  problem.count_padding = o.count_padding;
  return problem;
}

Shape Pool::output_shape(std::span<const Shape> inputs) const {
  GRAFT_CHECK(inputs[0].rank() == 4, shape, "a pool was given ", inputs[0]);
  const PoolProblem p = problem(inputs[0], DType::float32);
  return {p.n, p.p, p.q, p.c};
}

void Pool::forward(Lowering& lowering, LayerCall& call) const {
  using Args = PoolForward::Args;
  PoolProblem p = problem(lowering.shape(call.inputs[0]), lowering.dtype);
  p.saves_places = p.kind == PoolKind::max && call.wants_input_gradient[0];
  call.saved = {no_value};
  if (p.saves_places)
    call.saved[0] =
        lowering.plan.activation(value_name(call, "places"), lowering.shape(call.output), DType::uint8);
  lowering.plan.emit<PoolForward>(call.node->name, Phase::forward, p,
                                  {{&Args::x, call.inputs[0], Access::read},
                                   {&Args::y, call.output, Access::write},
                                   {&Args::places, call.saved[0], Access::write}});
}

void Pool::backward(Lowering& lowering, LayerCall& call) const {
  using Args = PoolBackward::Args;
  const Shape& x = lowering.shape(call.inputs[0]);
  call.input_gradients[0] = lowering.activation(value_name(call, "input gradient"), x);
  lowering.plan.emit<PoolBackward>(call.node->name, Phase::backward, problem(x, lowering.dtype),
                                   {{&Args::dy, call.output_gradient, Access::read},
                                    {&Args::places, call.saved[0], Access::read},
                                    {&Args::dx, call.input_gradients[0], Access::write}});
}

}  // namespace graft
