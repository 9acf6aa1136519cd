#include <algorithm>
#include <array>

#include "layers/channel_shuffle.h"
#include "layers/concat.h"
#include "layers/flatten.h"
#include "layers/slice.h"
#include "layers/upsample.h"
#include "transfer/graphs/caffe/rules.h"

namespace graft {

namespace {

using Order = CaffeBlob::Order;

void check_axis(int64_t axis) {
  GRAFT_CHECK(axis == 1 || axis == -3, format, "its axis is ", axis, "; graft reads 1, the channels");
}

// As Caffe sees it.
std::vector<int64_t> caffe_sizes(const CaffeCall& call) {
  const Shape& s = call.shape();
  switch (call.bottoms[0].order) {
    case Order::channels_first: return {s.n(), s.c(), s.h(), s.w()};
    case Order::channels_last: return {s.n(), s.h(), s.w(), s.c()};
    case Order::flat: return {s[0], s[1]};
  }
  return {};
}

// 0 is the input's size, -1 what is left over.
std::vector<int64_t> asked_sizes(const caffe::BlobShape& shape, const std::vector<int64_t>& from) {
  constexpr int64_t largest = int64_t{1} << 40;
  int64_t count = 1, known = 1;
  for (int64_t size : from) count *= size;
  std::vector<int64_t> sizes(shape.dim().begin(), shape.dim().end());
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (sizes[i] == 0 && i < from.size()) sizes[i] = from[i];
    GRAFT_CHECK(sizes[i] >= -1 && sizes[i] <= largest && known <= largest, format, "its sizes do not fit");
    if (sizes[i] > 0) known *= sizes[i];
  }
  for (int64_t& size : sizes)
    if (size == -1) size = count / known;
  int64_t total = 1;
  for (int64_t size : sizes)
    GRAFT_CHECK(!__builtin_mul_overflow(total, size, &total), format, "its sizes do not fit");
  GRAFT_CHECK(total == count, format, "its sizes hold ", total, " values instead of ", count);
  return sizes;
}

}  // namespace

CaffeBlob flattened(GraphWriter& net, const std::string& name, const CaffeBlob& map) {
  const Shape s = net.shape(map.node);
  const bool moved = map.order == Order::channels_first && s.h() * s.w() > 1;
  return {net.add(name, std::make_shared<Flatten>(), {map.node}), Order::flat,
          moved ? Shape{s.c(), s.h(), s.w()} : Shape{}};
}

std::vector<CaffeBlob> caffe_rules::split(const CaffeCall& call) {
  return std::vector<CaffeBlob>(call.tops, call.bottoms.at(0));
}

std::vector<CaffeBlob> caffe_rules::concat(const CaffeCall& call) {
  const caffe::ConcatParameter& p = call.layer.concat_param();
  check_axis(p.has_concat_dim() ? static_cast<int64_t>(p.concat_dim() % 1000) : p.axis());
  std::vector<NodeId> nodes;
  for (size_t i = 0; i < call.bottoms.size(); ++i) {
    const CaffeBlob& blob = call.bottoms[i];
    if (blob.order != Order::flat || call.bottoms[0].order != Order::flat) map_bottom(call, i);
    GRAFT_CHECK(blob.flattened.rank() == 0, format,
                "it joins maps of several pixels after they were flattened, for which there is no layer");
    nodes.push_back(blob.node);
  }
  CaffeBlob out = call.bottoms.at(0);
  if (nodes.size() > 1) out.node = call.net.add(call.layer.name(), std::make_shared<Concat>(), nodes);
  return {out};
}

std::vector<CaffeBlob> caffe_rules::slice(const CaffeCall& call) {
  const caffe::SliceParameter& p = call.layer.slice_param();
  check_axis(p.has_slice_dim() ? static_cast<int64_t>(p.slice_dim() % 1000) : p.axis());
  const int64_t c = call.net.shape(map_bottom(call).node).c(), tops = static_cast<int64_t>(call.tops);
  std::vector<int64_t> points{0};
  for (uint64_t point : p.slice_point()) points.push_back(static_cast<int64_t>(std::min<uint64_t>(point, c)));
  if (points.size() == 1) {
    GRAFT_CHECK(c % tops == 0, format, c, " channels cannot be sliced into ", tops, " equal parts");
    for (int64_t i = 1; i < tops; ++i) points.push_back(i * (c / tops));
  }
  GRAFT_CHECK(static_cast<int64_t>(points.size()) == tops, format, "it has ", tops, " outputs and ",
              points.size() - 1, " slice points");
  points.push_back(c);
  std::vector<CaffeBlob> out;
  for (size_t i = 0; i < call.tops; ++i) {
    GRAFT_CHECK(points[i] < points[i + 1], format, "its slice points are not in order within ", c,
                " channels");
    const auto part = std::make_shared<Slice>(points[i], points[i + 1] - points[i]);
    out.push_back({call.net.add(call.layer.name(), part, {call.bottoms[0].node}), Order::channels_first, {}});
  }
  return out;
}

std::vector<CaffeBlob> caffe_rules::flatten(const CaffeCall& call) {
  const caffe::FlattenParameter& p = call.layer.flatten_param();
  GRAFT_CHECK(p.axis() == 1 && (p.end_axis() == -1 || p.end_axis() == 3), format,
              "it flattens other axes than all of an image's");
  if (call.bottoms.at(0).order == Order::flat) return {call.bottoms[0]};
  return {flattened(call.net, call.layer.name(), call.bottoms[0])};
}

// Where it flattens, where it leaves things as they are, and where all that changes is how a row of values is
// counted: the boxes and scores of detectors.
std::vector<CaffeBlob> caffe_rules::reshape(const CaffeCall& call) {
  const caffe::ReshapeParameter& p = call.layer.reshape_param();
  GRAFT_CHECK(p.axis() == 0 && p.num_axes() == -1 && p.has_shape(), format,
              "it reshapes some of the axes, for which there is no layer");
  const CaffeBlob& x = call.bottoms.at(0);
  const std::vector<int64_t> from = caffe_sizes(call), to = asked_sizes(p.shape(), from);
  if (to == from) return {x};
  const bool same_images = !to.empty() && to[0] == from[0];
  const bool one_row = std::count_if(to.begin() + 1, to.end(), [](int64_t size) { return size != 1; }) <= 1;
  const bool order_kept = x.order != Order::channels_first && x.flattened.rank() == 0;
  GRAFT_CHECK(same_images && (one_row || order_kept), format,
              "it does more than to flatten an image, for which there is no layer");
  if (!one_row)
    call.net.note(text("Reshape '", printable(call.layer.name()), "': its values are one row here"));
  if (x.order == Order::flat) return {x};
  return {flattened(call.net, call.layer.name(), x)};
}

std::vector<CaffeBlob> caffe_rules::permute(const CaffeCall& call) {
  constexpr std::array<uint64_t, 4> to_last{0, 2, 3, 1};
  const auto& order = call.layer.permute_param().order();
  GRAFT_CHECK(std::equal(order.begin(), order.end(), to_last.begin(), to_last.end()), format,
              "graft reads the permutation 0, 2, 3, 1 only");
  map_bottom(call);
  return {{call.bottoms[0].node, Order::channels_last, {}}};
}

std::vector<CaffeBlob> caffe_rules::shuffle_channel(const CaffeCall& call) {
  map_bottom(call);
  const uint64_t groups = call.layer.shuffle_channel_param().group();
  GRAFT_CHECK(groups > 0 && groups < (uint64_t{1} << 24), format, "it has ", groups, " groups");
  return call.add(std::make_shared<ChannelShuffleLayer>(static_cast<int64_t>(groups)));
}

std::vector<CaffeBlob> caffe_rules::upsample(const CaffeCall& call) {
  map_bottom(call);
  const int64_t scale = call.layer.upsample_param().scale();
  GRAFT_CHECK(call.bottoms.size() == 1, format, "unpooling has no layer");
  GRAFT_CHECK(scale >= 1 && scale <= 1024, format, "its scale is ", scale);
  return scale == 1 ? std::vector<CaffeBlob>{call.bottoms[0]} : call.add(std::make_shared<Upsample>(scale));
}

}  // namespace graft
