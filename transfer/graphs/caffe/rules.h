#pragma once

#include "transfer/graphs/caffe/flow.h"
#include "transfer/graphs/graph_writer.h"

namespace graft {

// A blob of Caffe's, and the node that holds its values.
struct CaffeBlob {
  // channels_first: Caffe's N,C,H,W, our N,H,W,C. channels_last: after a Permute the same values are N,H,W,C
  // in Caffe too. flat: N,K in both, its values in the same order but where they were flattened from a
  // channels_first map of several pixels.
  enum class Order : uint8_t { channels_first, channels_last, flat };

  NodeId node = 0;
  Order order = Order::channels_first;
  Shape flattened;  // of flat: the map's C,H,W where Caffe's values are in that order and ours are not
};

// One layer to be written down. Errors need not name the file or the layer.
struct CaffeCall {
  const caffe::LayerParameter& layer;
  const caffe::LayerParameter* scale;  // what joins a BatchNorm
  GraphWriter& net;
  std::vector<CaffeBlob> bottoms;
  std::span<const HostTensor> blobs, scale_blobs;
  size_t tops;

  const Shape& shape(size_t bottom = 0) const { return net.shape(bottoms.at(bottom).node); }
  // With a layer of one input and one output that leaves the order of the values alone.
  std::vector<CaffeBlob> add(const LayerPtr& op,
                             const std::vector<GraphWriter::Parameter>& parameters = {}) const;
};

// What the layer's tops hold.
using CaffeRule = std::vector<CaffeBlob> (*)(const CaffeCall& call);

// Null for a type that graft has no layer for.
CaffeRule find_caffe_rule(std::string_view type);

// The bottom as a map; fails where it was permuted or flattened.
const CaffeBlob& map_bottom(const CaffeCall& call, size_t bottom = 0);
// How many channels a bottom has, whatever its order.
int64_t channels_of(const CaffeCall& call);
// The layer's blob as a tensor of this shape, which may lie in the file with more or fewer sizes of 1 in
// front.
HostTensor blob_of(std::span<const HostTensor> blobs, size_t index, const Shape& shape);
// A map as one row.
CaffeBlob flattened(GraphWriter& net, const std::string& name, const CaffeBlob& map);
void expect_blobs(std::span<const HostTensor> blobs, size_t count);

namespace caffe_rules {
std::vector<CaffeBlob> convolution(const CaffeCall& call);
std::vector<CaffeBlob> depthwise_convolution(const CaffeCall& call);
std::vector<CaffeBlob> inner_product(const CaffeCall& call);
std::vector<CaffeBlob> pooling(const CaffeCall& call);
std::vector<CaffeBlob> batch_norm(const CaffeCall& call);
std::vector<CaffeBlob> scale(const CaffeCall& call);
std::vector<CaffeBlob> lrn(const CaffeCall& call);
std::vector<CaffeBlob> relu(const CaffeCall& call);
std::vector<CaffeBlob> relu6(const CaffeCall& call);
std::vector<CaffeBlob> sigmoid(const CaffeCall& call);
std::vector<CaffeBlob> prelu(const CaffeCall& call);
std::vector<CaffeBlob> dropout(const CaffeCall& call);
std::vector<CaffeBlob> eltwise(const CaffeCall& call);
std::vector<CaffeBlob> split(const CaffeCall& call);
std::vector<CaffeBlob> concat(const CaffeCall& call);
std::vector<CaffeBlob> slice(const CaffeCall& call);
std::vector<CaffeBlob> flatten(const CaffeCall& call);
std::vector<CaffeBlob> reshape(const CaffeCall& call);
std::vector<CaffeBlob> permute(const CaffeCall& call);
std::vector<CaffeBlob> shuffle_channel(const CaffeCall& call);
std::vector<CaffeBlob> upsample(const CaffeCall& call);
}  // namespace caffe_rules

}  // namespace graft
