#include "layers/conv.h"
#include "layers/dense.h"
#include "layers/flatten.h"
#include "transfer/graphs/caffe/rules.h"
#include "transfer/graphs/caffe/sizes.h"

namespace graft {

namespace {

using Parameters = std::vector<GraphWriter::Parameter>;

int64_t outputs_of(uint64_t outputs) {
  constexpr uint64_t most = 1 << 24;
  GRAFT_CHECK(outputs > 0 && outputs <= most, format, "its num_output is ", outputs);
  return static_cast<int64_t>(outputs);
}

ConvOptions options_of(const caffe::ConvolutionParameter& p, int64_t inputs, int64_t groups) {
  const auto kernel =
      sizes_of("kernel", p.kernel_size(), p.has_kernel_h(), p.kernel_h(), p.has_kernel_w(), p.kernel_w(), 0);
  const auto stride =
      sizes_of("stride", p.stride(), p.has_stride_h(), p.stride_h(), p.has_stride_w(), p.stride_w(), 1);
  const auto pad = sizes_of("pad", p.pad(), p.has_pad_h(), p.pad_h(), p.has_pad_w(), p.pad_w(), 0);
  const auto dilation = sizes_of("dilation", p.dilation(), false, 0, false, 0, 1);
  GRAFT_CHECK(p.axis() == 1 || p.axis() == -3, format, "its axis is ", p.axis(), "; graft reads 1");
  GRAFT_CHECK(groups > 0 && inputs % groups == 0 && outputs_of(p.num_output()) % groups == 0, format, groups,
              " groups do not divide ", inputs, " inputs and ", p.num_output(), " outputs");
  return {.inputs = inputs,
          .outputs = outputs_of(p.num_output()),
          .kernel_h = kernel.h,
          .kernel_w = kernel.w,
          .stride_h = stride.h,
          .stride_w = stride.w,
          .padding = {.same = false, .top = pad.h, .left = pad.w, .bottom = pad.h, .right = pad.w},
          .dilation_h = dilation.h,
          .dilation_w = dilation.w,
          .groups = groups,
          .bias = p.bias_term()};
}

std::vector<CaffeBlob> add_convolution(const CaffeCall& call, const ConvOptions& o) {
  expect_blobs(call.blobs, o.bias ? 2 : 1);
  Parameters parameters{
      {"weight", blob_of(call.blobs, 0, {o.outputs, o.inputs / o.groups, o.kernel_h, o.kernel_w})}};
  if (o.bias) parameters.push_back({"bias", blob_of(call.blobs, 1, {o.outputs})});
  return call.add(std::make_shared<Conv>(o), parameters);
}

int64_t map_channels(const CaffeCall& call) { return call.net.shape(map_bottom(call).node).c(); }

}  // namespace

std::vector<CaffeBlob> caffe_rules::convolution(const CaffeCall& call) {
  const caffe::ConvolutionParameter& p = call.layer.convolution_param();
  GRAFT_CHECK(p.group() <= uint64_t{1} << 24, format, "its group is ", p.group());
  return add_convolution(call, options_of(p, map_channels(call), static_cast<int64_t>(p.group())));
}

std::vector<CaffeBlob> caffe_rules::depthwise_convolution(const CaffeCall& call) {
  const int64_t c = map_channels(call);
  return add_convolution(call, options_of(call.layer.convolution_param(), c, c));
}

std::vector<CaffeBlob> caffe_rules::inner_product(const CaffeCall& call) {
  const caffe::InnerProductParameter& p = call.layer.inner_product_param();
  GRAFT_CHECK(p.axis() == 1, format, "its axis is ", p.axis(), "; graft reads 1");
  CaffeBlob x = call.bottoms.at(0);
  if (x.order != CaffeBlob::Order::flat) x = flattened(call.net, "", x);
  const int64_t outputs = outputs_of(p.num_output()), inputs = call.net.shape(x.node)[1];
  expect_blobs(call.blobs, p.bias_term() ? 2 : 1);
  Parameters parameters;
  if (p.transpose())
    parameters.push_back({"weight", permuted(blob_of(call.blobs, 0, {inputs, outputs}), {1, 0})});
  else
    parameters.push_back({"weight", blob_of(call.blobs, 0, {outputs, inputs})});
  if (p.bias_term()) parameters.push_back({"bias", blob_of(call.blobs, 1, {outputs})});
  const auto dense = std::make_shared<Dense>(inputs, outputs, p.bias_term(), x.flattened);
  return {{call.net.add(call.layer.name(), dense, {x.node}, parameters), CaffeBlob::Order::flat, {}}};
}

}  // namespace graft
