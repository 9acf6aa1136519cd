#include "bench/named_shapes.h"

#include <set>

#include "engine/check.h"
#include "layers/dense.h"
#include "layers/window.h"
#include "transfer/zoo/zoo.h"

namespace graft::bench {

namespace {

// Empty where the language of shapes has no word for it.
std::string shape_of(const Conv& layer, const Shape& x) {
  const ConvOptions& o = layer.options();
  const Padding pad = resolve(o.padding, x.h(), x.w(), o.dilation_h * (o.kernel_h - 1) + 1,
                              o.dilation_w * (o.kernel_w - 1) + 1, o.stride_h, o.stride_w);
  if (o.stride_h != o.stride_w || o.dilation_h != o.dilation_w || pad.top != pad.left ||
      pad.bottom != pad.right || pad.bottom < pad.top)
    return "";
  std::string shape = text('n', x.n(), 'h', x.h(), 'w', x.w(), 'c', o.inputs, 'k', o.outputs, 'r', o.kernel_h,
                           's', o.kernel_w);
  const auto add = [&](char letter, int64_t value, int64_t otherwise) {
    if (value != otherwise) shape += letter + std::to_string(value);
  };
  add('p', pad.top, 0);
  add('e', pad.bottom - pad.top, 0);
  add('u', o.stride_h, 1);
  add('d', o.dilation_h, 1);
  add('g', o.groups, 1);
  return shape;
}

NamedShape shape_of(const Node& node, const Shape& x) {
  if (const auto* conv = dynamic_cast<const Conv*>(node.layer.get())) return {"", "conv", shape_of(*conv, x)};
  if (const auto* dense = dynamic_cast<const Dense*>(node.layer.get()))
    return {"", "dense", text('n', x.n(), 'c', dense->inputs(), 'k', dense->outputs())};
  return {};
}

void add_layers(const char* arch, std::set<std::string>& known, std::vector<NamedShape>& list) {
  const Graph graph = find_architecture(arch).build(1000);
  const std::vector<Shape> shapes = graph.shapes({32, 224, 224, graph.input_channels()});
  for (NodeId id = 1; id < graph.size(); ++id) {
    NamedShape named = shape_of(graph[id], shapes[graph[id].inputs[0]]);
    if (named.shape.empty() || !known.insert(named.op + named.shape).second) continue;
    named.name = text(arch, '.', graph[id].name);
    list.push_back(std::move(named));
  }
}

}  // namespace

std::vector<NamedShape> named_shapes() {
  std::vector<NamedShape> list;
  std::set<std::string> known;
  for (const char* arch : {"resnet50", "mobilenet_v2", "efficientnet_lite0", "vgg16"})
    add_layers(arch, known, list);
  for (const char* op : {"add", "activation", "copy"})
    list.push_back({"resnet50.layer1.0", op, "n32h56w56c256"});
  list.push_back({"resnet50.maxpool", "max_pool", "n32h112w112c64r3s3p1u2"});
  list.push_back({"tiny.3x3", "conv", "n1h14w14c32k32r3s3p1"});
  list.push_back({"tiny.1x1", "conv", "n1h14w14c64k64r1s1"});
  list.push_back({"tiny.depthwise", "conv", "n1h14w14c32k32r3s3p1g32"});
  list.push_back({"tiny.dense", "dense", "n8c64k32"});
  return list;
}

}  // namespace graft::bench
