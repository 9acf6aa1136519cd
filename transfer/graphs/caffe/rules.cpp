#include "transfer/graphs/caffe/rules.h"

namespace graft {

namespace {

struct NamedRule {
  std::string_view type;
  CaffeRule rule;
};

constexpr NamedRule rules[] = {
    {"BatchNorm", caffe_rules::batch_norm},
    {"Concat", caffe_rules::concat},
    {"Convolution", caffe_rules::convolution},
    {"ConvolutionDepthwise", caffe_rules::depthwise_convolution},
    {"DepthwiseConvolution", caffe_rules::depthwise_convolution},
    {"Dropout", caffe_rules::dropout},
    {"Eltwise", caffe_rules::eltwise},
    {"Flatten", caffe_rules::flatten},
    {"InnerProduct", caffe_rules::inner_product},
    {"LRN", caffe_rules::lrn},
    {"PReLU", caffe_rules::prelu},
    {"Permute", caffe_rules::permute},
    {"Pooling", caffe_rules::pooling},
    {"ReLU", caffe_rules::relu},
    {"ReLU6", caffe_rules::relu6},
    {"Reshape", caffe_rules::reshape},
    {"Scale", caffe_rules::scale},
    {"ShuffleChannel", caffe_rules::shuffle_channel},
    {"Sigmoid", caffe_rules::sigmoid},
    {"Slice", caffe_rules::slice},
    {"Split", caffe_rules::split},
    {"Upsample", caffe_rules::upsample},
};

// Without the sizes of 1 in front.
Shape trimmed(const Shape& shape) {
  Shape out;
  for (int64_t size : shape)
    if (out.rank() > 0 || size != 1) out.push_back(size);
  return out;
}

}  // namespace

CaffeRule find_caffe_rule(std::string_view type) {
  for (const NamedRule& known : rules)
    if (known.type == type) return known.rule;
  return nullptr;
}

std::vector<CaffeBlob> CaffeCall::add(const LayerPtr& op,
                                      const std::vector<GraphWriter::Parameter>& parameters) const {
  CaffeBlob out = bottoms.at(0);
  out.node = net.add(layer.name(), op, {out.node}, parameters);
  return {out};
}

const CaffeBlob& map_bottom(const CaffeCall& call, size_t bottom) {
  const CaffeBlob& blob = call.bottoms.at(bottom);
  GRAFT_CHECK(blob.order == CaffeBlob::Order::channels_first, format,
              "its input was permuted or flattened; graft reads it on N,C,H,W only");
  return blob;
}

int64_t channels_of(const CaffeCall& call) {
  const CaffeBlob& blob = call.bottoms.at(0);
  GRAFT_CHECK(blob.order != CaffeBlob::Order::channels_last && blob.flattened.rank() == 0, format,
              "its input was permuted or flattened; graft reads it on N,C,H,W or N,C only");
  return call.shape()[call.shape().rank() - 1];
}

void expect_blobs(std::span<const HostTensor> blobs, size_t count) {
  GRAFT_CHECK(blobs.size() == count, format, "the .caffemodel has ", blobs.size(),
              " blobs for it instead of ", count,
              blobs.empty() ? "; is it of another network, or named differently there?" : "");
}

HostTensor blob_of(std::span<const HostTensor> blobs, size_t index, const Shape& shape) {
  const HostTensor& blob = blobs[index];
  GRAFT_CHECK(trimmed(blob.shape) == trimmed(shape), shape, "its blob ", index, " in the .caffemodel is ",
              blob.shape, " instead of ", shape);
  return {shape, blob.data, blob.owner};
}

}  // namespace graft
