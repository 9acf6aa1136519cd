#include "layers/pool.h"
#include "transfer/graphs/caffe/rules.h"
#include "transfer/graphs/caffe/sizes.h"

namespace graft {

namespace {

// Caffe rounds up, and takes the last window away where it would start behind the input, but only where there
// is padding (pooling_layer.cpp). Without padding such a window holds nothing; no network means that.
void check_last_window(int64_t size, int64_t pad, int64_t kernel, int64_t stride, bool padded) {
  const int64_t room = size + 2 * pad - kernel;
  GRAFT_CHECK(room >= 0, shape, "its window is larger than its input");
  const int64_t outputs = (room + stride - 1) / stride + 1;
  GRAFT_CHECK(padded || (outputs - 1) * stride < size, format, "its last window lies outside its input");
}

}  // namespace

std::vector<CaffeBlob> caffe_rules::pooling(const CaffeCall& call) {
  const caffe::PoolingParameter& p = call.layer.pooling_param();
  const Shape x = call.net.shape(map_bottom(call).node);
  GRAFT_CHECK(p.pool() != caffe::PoolingParameter::STOCHASTIC, format, "stochastic pooling has no layer");
  const bool average = p.pool() == caffe::PoolingParameter::AVE;
  if (p.global_pooling() && average) return call.add(Pool::adaptive_average(1, 1));

  PoolOptions o{.kind = average ? PoolKind::average : PoolKind::max, .padding = {}};
  if (p.global_pooling()) {
    o.kernel_h = x.h();
    o.kernel_w = x.w();
    return call.add(std::make_shared<Pool>(o));
  }
  const auto kernel =
      sizes_of("kernel", p.kernel_size(), p.has_kernel_h(), p.kernel_h(), p.has_kernel_w(), p.kernel_w(), 0);
  const auto stride =
      sizes_of("stride", p.stride(), p.has_stride_h(), p.stride_h(), p.has_stride_w(), p.stride_w(), 1);
  const auto pad = sizes_of("pad", p.pad(), p.has_pad_h(), p.pad_h(), p.has_pad_w(), p.pad_w(), 0);
  GRAFT_CHECK(kernel.h > 0 && kernel.w > 0 && stride.h > 0 && stride.w > 0, format,
              "its kernel and stride must be at least 1");
  GRAFT_CHECK(pad.h < kernel.h && pad.w < kernel.w, format, "its padding is as large as its window");
  o.kernel_h = kernel.h;
  o.kernel_w = kernel.w;
  o.stride_h = stride.h;
  o.stride_w = stride.w;
  o.padding = {.same = false, .top = pad.h, .left = pad.w, .bottom = pad.h, .right = pad.w};
  o.ceil_mode = p.ceil_mode() && p.round_mode() == caffe::PoolingParameter::CEIL;
  o.count_padding = true;  // the window clipped to the padded input, as Caffe divides
  if (o.ceil_mode) {
    const bool padded = pad.h > 0 || pad.w > 0;
    check_last_window(x.h(), pad.h, kernel.h, stride.h, padded);
    check_last_window(x.w(), pad.w, kernel.w, stride.w, padded);
  }
  return call.add(std::make_shared<Pool>(o));
}

}  // namespace graft
