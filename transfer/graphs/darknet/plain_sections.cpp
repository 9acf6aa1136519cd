#include "layers/add.h"
#include "layers/concat.h"
#include "layers/dropout.h"
#include "layers/multiply.h"
#include "layers/pool.h"
#include "layers/slice.h"
#include "layers/upsample.h"
#include "transfer/graphs/darknet/sections.h"

namespace graft {

namespace {

void expect_map(const DarknetCall& call) {
  GRAFT_CHECK(call.shape().rank() == 4, format, call.section.where(),
              ": it reads a row of values instead of a map");
}

// Padding is what is added to both sides together, size - 1 where it is not given; the smaller half comes
// first (make_maxpool_layer of darknet's maxpool_layer.c).
NodeId pooled(const DarknetCall& call, PoolKind kind) {
  const DarknetSection& s = call.section;
  s.refuse({"maxpool_depth", "antialiasing"});
  call.note_others(
      {"size", "stride", "stride_x", "stride_y", "padding", "maxpool_depth", "out_channels", "antialiasing"});
  expect_map(call);
  constexpr int64_t largest = 4096;
  const int64_t stride = s.integer("stride", 1), size = s.integer("size", stride);
  const int64_t pad = s.integer("padding", size - 1);
  PoolOptions o{
      .kind = kind,
      .kernel_h = size,
      .kernel_w = size,
      .stride_h = s.integer("stride_y", stride),
      .stride_w = s.integer("stride_x", stride),
      .padding = {
          .same = false, .top = pad / 2, .left = pad / 2, .bottom = pad - pad / 2, .right = pad - pad / 2}};
  GRAFT_CHECK(size > 0 && size <= largest && o.stride_h > 0 && o.stride_w > 0 && pad >= 0 && pad / 2 < size &&
                  pad - pad / 2 < size,
              format, s.where(), ": size ", size, " with stride ", stride, " and padding ", pad,
              " is not possible");
  return call.net.add(call.name("pool"), std::make_shared<Pool>(o), {call.x});
}

// `from` layers of the section, in order.
std::vector<NodeId> read_layers(const DarknetCall& call, std::string_view key) {
  std::vector<NodeId> nodes;
  for (int64_t number : call.section.integers(key)) nodes.push_back(call.layer(number));
  GRAFT_CHECK(!nodes.empty(), format, call.section.where(), ": it does not say ", key, "=");
  return nodes;
}

NodeId multiplied(const DarknetCall& call, NodeId map, NodeId factors) {
  return activated(
      call, call.net.add(call.name("multiply"), std::make_shared<MultiplyLayer>(), {map, factors}), "linear");
}

}  // namespace

NodeId darknet_rules::maxpool(const DarknetCall& call) { return pooled(call, PoolKind::max); }

NodeId darknet_rules::local_avgpool(const DarknetCall& call) { return pooled(call, PoolKind::average); }

NodeId darknet_rules::avgpool(const DarknetCall& call) {
  expect_map(call);
  return call.net.add(call.name("pool"), Pool::adaptive_average(1, 1), {call.x});
}

NodeId darknet_rules::shortcut(const DarknetCall& call) {
  call.section.refuse({"weights_type", "weights_normalization"});
  call.note_others({"from", "activation", "weights_type", "weights_normalization", "alpha", "beta"});
  if (call.section.real("alpha", 1) != 1 || call.section.real("beta", 1) != 1)
    call.refuse("it weighs its inputs, for which there is no layer");
  NodeId sum = call.x;
  for (NodeId other : read_layers(call, "from")) {
    if (call.net.shape(other) != call.net.shape(sum))
      call.refuse(text("it adds maps of unlike sizes, ", call.net.shape(sum), " and ", call.net.shape(other),
                       ", for which there is no layer"));
    sum = call.net.add(call.name("add"), std::make_shared<AddLayer>(), {sum, other});
  }
  return activated(call, sum, "linear");
}

NodeId darknet_rules::route(const DarknetCall& call) {
  call.note_others({"layers", "groups", "group_id", "stopbackward"});
  const int64_t groups = call.section.integer("groups", 1), group = call.section.integer("group_id", 0);
  GRAFT_CHECK(groups > 0 && group >= 0 && group < groups, format, call.section.where(),
              ": there is no group ", group, " of ", groups);
  std::vector<NodeId> parts = read_layers(call, "layers");
  for (NodeId& part : parts) {
    if (groups == 1) continue;
    const Shape s = call.net.shape(part);
    if (s.rank() != 4 || s.c() % groups != 0) call.refuse(text(s, " cannot be cut into ", groups, " groups"));
    const int64_t c = s.c() / groups;
    part = call.net.add(call.name("slice"), std::make_shared<Slice>(group * c, c), {part});
  }
  if (parts.size() == 1) return parts[0];
  return call.net.add(call.name("concat"), std::make_shared<Concat>(), parts);
}

NodeId darknet_rules::dropout(const DarknetCall& call) {
  call.note_others({"probability", "dropblock_size_rel", "dropblock_size_abs", "dropblock"});
  if (call.section.integer("dropblock", 0))
    call.net.note(text(call.section.where(), ": graft drops single values while training, not blocks"));
  return call.net.add(call.name("dropout"),
                      std::make_shared<DropoutLayer>(call.section.real("probability", 0.5)), {call.x});
}

NodeId darknet_rules::upsample(const DarknetCall& call) {
  call.note_others({"stride", "scale"});
  expect_map(call);
  const int64_t stride = call.section.integer("stride", 2);
  if (stride < 1 || stride > 1024 || call.section.real("scale", 1) != 1)
    call.refuse("it scales its values or makes its input smaller, for which there is no layer");
  if (stride == 1) return call.x;
  return call.net.add(call.name("upsample"), std::make_shared<Upsample>(stride), {call.x});
}

// The layer before it, one value a channel, weighs the map of another.
NodeId darknet_rules::scale_channels(const DarknetCall& call) {
  call.section.refuse({"scale_wh"});
  call.note_others({"from", "scale_wh", "activation"});
  return multiplied(call, read_layers(call, "from")[0], call.x);
}

NodeId darknet_rules::sam(const DarknetCall& call) {
  call.note_others({"from", "activation"});
  return multiplied(call, call.x, read_layers(call, "from")[0]);
}

NodeId darknet_rules::activation(const DarknetCall& call) {
  call.note_others({"activation"});
  return activated(call, call.x, "linear");
}

}  // namespace graft
