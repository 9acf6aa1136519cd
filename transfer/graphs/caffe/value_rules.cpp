#include <algorithm>

#include "layers/activation.h"
#include "layers/add.h"
#include "layers/batch_norm.h"
#include "layers/dropout.h"
#include "layers/local_response_norm.h"
#include "layers/multiply.h"
#include "layers/prelu.h"
#include "layers/scale.h"
#include "transfer/graphs/caffe/rules.h"

namespace graft {

namespace {

HostTensor filled(int64_t count, float value) {
  return HostTensor::from({count}, std::vector<float>(static_cast<size_t>(count), value));
}

// Statistics are stored as sums; the last blob says of how much.
HostTensor divided(const HostTensor& sums, float by) {
  std::vector<float> values(sums.data, sums.data + sums.count());
  for (float& value : values) value = by == 0 ? 0 : value / by;
  return HostTensor::from(sums.shape, std::move(values));
}

void check_scale(const caffe::ScaleParameter& p) {
  GRAFT_CHECK((p.axis() == 1 || p.axis() == -3) && p.num_axes() == 1, format,
              "graft reads a Scale by channel only: axis 1, num_axes 1");
}

std::vector<CaffeBlob> activation(const CaffeCall& call, Activation kind) {
  return call.add(std::make_shared<ActivationLayer>(kind));
}

// With one factor a channel, N,C,1,1: squeeze-and-excitation.
std::vector<CaffeBlob> scale_by_blob(const CaffeCall& call) {
  const CaffeBlob &x = map_bottom(call, 0), &factors = map_bottom(call, 1);
  GRAFT_CHECK(call.layer.scale_param().axis() == 0 && !call.layer.scale_param().bias_term(), format,
              "graft reads a Scale of two blobs with axis 0 and no bias only");
  return {{call.net.add(call.layer.name(), std::make_shared<MultiplyLayer>(), {x.node, factors.node}),
           CaffeBlob::Order::channels_first,
           {}}};
}

}  // namespace

std::vector<CaffeBlob> caffe_rules::batch_norm(const CaffeCall& call) {
  const caffe::BatchNormParameter& p = call.layer.batch_norm_param();
  const int64_t c = call.net.shape(map_bottom(call).node).c();
  expect_blobs(call.blobs, 3);
  const float sum = blob_of(call.blobs, 2, {1}).data[0];
  HostTensor weight = filled(c, 1), bias = filled(c, 0);
  if (call.scale) {
    check_scale(call.scale->scale_param());
    const bool has_bias = call.scale->scale_param().bias_term();
    expect_blobs(call.scale_blobs, has_bias ? 2 : 1);
    weight = blob_of(call.scale_blobs, 0, {c});
    if (has_bias) bias = blob_of(call.scale_blobs, 1, {c});
  }
  if (!p.use_global_stats())
    call.net.note(
        text("BatchNorm '", printable(call.layer.name()),
             "' asks for the batch's own statistics; graft uses the stored ones outside of training"));
  const BatchNormOptions options{
      .channels = c, .epsilon = p.eps(), .momentum = 1 - std::clamp(p.moving_average_fraction(), 0.0f, 1.0f)};
  return call.add(std::make_shared<BatchNorm>(options),
                  {{"weight", weight},
                   {"bias", bias},
                   {"running_mean", divided(blob_of(call.blobs, 0, {c}), sum)},
                   {"running_var", divided(blob_of(call.blobs, 1, {c}), sum)}});
}

std::vector<CaffeBlob> caffe_rules::scale(const CaffeCall& call) {
  if (call.bottoms.size() == 2) return scale_by_blob(call);
  const caffe::ScaleParameter& p = call.layer.scale_param();
  check_scale(p);
  const int64_t c = channels_of(call);
  expect_blobs(call.blobs, p.bias_term() ? 2 : 1);
  std::vector<GraphWriter::Parameter> parameters{{"weight", blob_of(call.blobs, 0, {c})}};
  if (p.bias_term()) parameters.push_back({"bias", blob_of(call.blobs, 1, {c})});
  return call.add(std::make_shared<Scale>(c, p.bias_term() ? Scale::Kind::with_bias : Scale::Kind::plain),
                  parameters);
}

std::vector<CaffeBlob> caffe_rules::lrn(const CaffeCall& call) {
  const caffe::LRNParameter& p = call.layer.lrn_param();
  map_bottom(call);
  GRAFT_CHECK(p.norm_region() == caffe::LRNParameter::ACROSS_CHANNELS, format,
              "graft has LRN across channels only");
  GRAFT_CHECK(p.local_size() % 2 == 1 && p.local_size() < 1000, format, "its local_size is ", p.local_size(),
              ", which must be odd");
  return call.add(std::make_shared<LocalResponseNorm>(LocalResponseNormOptions{
      .size = static_cast<int64_t>(p.local_size()), .alpha = p.alpha(), .beta = p.beta(), .k = p.k()}));
}

std::vector<CaffeBlob> caffe_rules::relu(const CaffeCall& call) {
  const float slope = call.layer.relu_param().negative_slope();
  return activation(call,
                    slope == 0 ? Activation(Activation::relu) : Activation(Activation::leaky_relu, slope));
}

std::vector<CaffeBlob> caffe_rules::relu6(const CaffeCall& call) {
  return activation(call, Activation::relu6);
}

std::vector<CaffeBlob> caffe_rules::sigmoid(const CaffeCall& call) {
  return activation(call, Activation::sigmoid);
}

std::vector<CaffeBlob> caffe_rules::prelu(const CaffeCall& call) {
  const int64_t c = channels_of(call);
  expect_blobs(call.blobs, 1);
  const bool shared = call.layer.prelu_param().channel_shared();
  const HostTensor slopes =
      shared ? filled(c, blob_of(call.blobs, 0, {1}).data[0]) : blob_of(call.blobs, 0, {c});
  if (shared)
    call.net.note(text("PReLU '", printable(call.layer.name()),
                       "' has one slope for all channels; here each channel has its own copy to train"));
  return call.add(std::make_shared<Prelu>(c), {{"weight", slopes}});
}

std::vector<CaffeBlob> caffe_rules::dropout(const CaffeCall& call) {
  return call.add(std::make_shared<DropoutLayer>(call.layer.dropout_param().dropout_ratio()));
}

std::vector<CaffeBlob> caffe_rules::eltwise(const CaffeCall& call) {
  const caffe::EltwiseParameter& p = call.layer.eltwise_param();
  GRAFT_CHECK(call.bottoms.size() >= 2, format, "it has one input");
  GRAFT_CHECK(p.operation() != caffe::EltwiseParameter::MAX, format, "a MAX of blobs has no layer");
  GRAFT_CHECK(std::all_of(p.coeff().begin(), p.coeff().end(), [](float c) { return c == 1; }), format,
              "it has coefficients other than 1, for which there is no layer");
  const bool sum = p.operation() == caffe::EltwiseParameter::SUM;
  CaffeBlob out = call.bottoms[0];
  for (size_t i = 1; i < call.bottoms.size(); ++i) {
    const CaffeBlob& other = call.bottoms[i];
    GRAFT_CHECK(other.order == out.order && call.net.shape(other.node) == call.net.shape(out.node), format,
                "its inputs are ", call.net.shape(out.node), " and ", call.net.shape(other.node),
                other.order == out.order ? "" : ", in different orders");
    const LayerPtr op = sum ? LayerPtr(std::make_shared<AddLayer>()) : std::make_shared<MultiplyLayer>();
    out.node = call.net.add(call.layer.name(), op, {out.node, other.node});
  }
  return {out};
}

}  // namespace graft
