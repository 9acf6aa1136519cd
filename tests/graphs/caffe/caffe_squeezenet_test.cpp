#include <doctest/doctest.h>

#include <algorithm>

#include "engine/check.h"
#include "graphs/caffe/caffe_files.h"
#include "support/test_data.h"
#include "transfer/graft.h"
#include "transfer/model/model_data.h"
#include "transfer/training/session.h"

namespace graft::test {
namespace {

int64_t attribute(const Layer& layer, std::string_view name) {
  for (const auto& [key, value] : layer.attributes())
    if (key == name) return std::get<int64_t>(value);
  return 0;
}

std::string options_of(const Layer& layer) {
  const std::string_view type = layer.type();
  const auto number = [&](const char* name) { return attribute(layer, name); };
  if (type == "conv")
    return text("type: 'Convolution' convolution_param { num_output: ", number("outputs"),
                " kernel_size: ", number("kernel_h"), " stride: ", number("stride_h"),
                " pad: ", number("pad_top"), " }");
  if (type == "max_pool")
    return text("type: 'Pooling' pooling_param { kernel_size: ", number("kernel_h"),
                " stride: ", number("stride_h"), " }");
  if (type == "adaptive_average_pool")
    return "type: 'Pooling' pooling_param { pool: AVE global_pooling: true }";
  if (type == "concat") return "type: 'Concat'";
  if (type == "dropout") return "type: 'Dropout'";
  if (type == "flatten") return "type: 'Flatten'";
  REQUIRE(type == "relu");
  return "type: 'ReLU'";
}

CaffeBlobText blob_of(const HostTensor& tensor) {
  return {{tensor.shape.begin(), tensor.shape.end()}, {tensor.data, tensor.data + tensor.count()}};
}

TEST_CASE("caffe: SqueezeNet 1.1 written as a .caffemodel gives its torch file's logits") {
  GRAFT_REQUIRE_TEST_DATA(data);
  const Model model = load(data / "weights/squeezenet1_1.pth");
  const Graph& graph = model.data().graph;
  const PlainMap x = random_map(3, 224, 224, 1);
  std::string prototxt = input_layer(x), layers;
  for (NodeId id = 1; id < graph.size(); ++id) {
    const Node& node = graph[id];
    prototxt += text("layer { name: '", node.name, "' top: '", node.name, "' ");
    for (NodeId input : node.inputs)
      prototxt += text("bottom: '", input == 0 ? "data" : graph[input].name, "' ");
    prototxt += options_of(*node.layer) + " }\n";
    if (node.layer->type() == "conv")
      layers += caffe_layer(node.name, {blob_of(model.data().weights.at(node.name + ".weight")),
                                        blob_of(model.data().weights.at(node.name + ".bias"))});
  }
  const CaffePair files(prototxt, layers);
  const FileGraph network = read_network(files.weights());
  CHECK(network.graph.size() == graph.size());
  FileGraph original = network;
  original.graph = graph;
  original.weights = model.data().weights;
  original.outputs = {graph[graph.output()].name};
  const PlainMap logits = run_network(network, x).at(0);
  CHECK(logits.c == 1000);
  check_same(logits, run_network(original, x).at(0), 0);  // the same layers, so the same bits
}

}  // namespace
}  // namespace graft::test
