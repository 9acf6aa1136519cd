#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "engine/check.h"
#include "graphs/darknet/darknet_files.h"
#include "support/test_data.h"
#include "transfer/graft.h"
#include "transfer/model/graph_import.h"
#include "transfer/model/model_data.h"

namespace graft::test {
namespace {

int layers_of(const FileGraph& network, std::string_view type) {
  int count = 0;
  for (NodeId id = 1; id < network.graph.size(); ++id) count += network.graph[id].layer->type() == type;
  return count;
}

TEST_CASE("darknet: YOLO-Fastest, both sizes") {
  GRAFT_REQUIRE_TEST_DATA(data);
  for (const char* file : {"yolo-fastest-1.1", "yolo-fastest-1.1-xl"}) {
    CAPTURE(file);
    const FileGraph network =
        read_network(data / "formats/darknet/yolo-fastest-1.1_coco" / (std::string(file) + ".weights"));
    CHECK(layers_of(network, "conv") == 84);
    CHECK(layers_of(network, "batch_norm") == 82);
    CHECK(layers_of(network, "add") == 18);
    CHECK(layers_of(network, "max_pool") == 3);
    CHECK(layers_of(network, "upsample") == 1);
    const std::vector<PlainMap> outputs = run_network(network, random_map(3, 320, 320, 1));
    REQUIRE(outputs.size() == 2);
    for (size_t i = 0; i < 2; ++i) {
      CHECK(outputs[i].c == 255);
      CHECK(outputs[i].h == (i == 0 ? 10 : 20));
      CHECK(outputs[i].w == outputs[i].h);
      CHECK(std::all_of(outputs[i].values.begin(), outputs[i].values.end(),
                        [](double v) { return std::isfinite(v); }));
      CHECK(std::any_of(outputs[i].values.begin(), outputs[i].values.end(), [](double v) { return v != 0; }));
    }
  }
}

// A graph of our layers as a .cfg and its floats; what does not follow the layer before it is routed to.
class Writer {
 public:
  explicit Writer(const ModelData& model) : model_(model) {
    cfg_ = "[net]\nheight=224\nwidth=224\nchannels=3\n";
    sections_.resize(static_cast<size_t>(model.graph.size()), -1);
    for (NodeId id = 1; id < model.graph.size(); ++id) write(id);
  }
  const std::string& cfg() const { return cfg_; }
  std::string weights() const { return darknet_header() + darknet_floats(floats_); }

 private:
  static int64_t number(const Layer& layer, std::string_view name) {
    for (const auto& [key, value] : layer.attributes())
      if (key == name) return std::get<int64_t>(value);
    return 0;
  }

  void section(std::string_view content) {
    cfg_ += content;
    ++count_;
  }

  void reach(NodeId input) {
    if (sections_[input] != count_ - 1) section(text("[route]\nlayers=", sections_[input], "\n"));
  }

  void take(const std::string& name) {
    const HostTensor& tensor = model_.weights.at(name);
    floats_.emplace_back(tensor.data, tensor.data + tensor.count());
  }

  void write(NodeId id) {
    const Node& node = model_.graph[id];
    const Layer& layer = *node.layer;
    const std::string_view type = layer.type();
    if (type == "concat") {
      section(text("[route]\nlayers=", sections_[node.inputs[0]], ",", sections_[node.inputs[1]], "\n"));
    } else if (type != "flatten") {
      reach(node.inputs[0]);
      if (type == "conv") {
        section(text("[convolutional]\nfilters=", number(layer, "outputs"),
                     "\nsize=", number(layer, "kernel_h"), "\nstride=", number(layer, "stride_h"),
                     "\npadding=", number(layer, "pad_top"), "\nactivation=linear\n"));
        take(node.name + ".bias");
        take(node.name + ".weight");
      } else if (type == "max_pool") {
        section(text("[maxpool]\nsize=", number(layer, "kernel_h"), "\nstride=", number(layer, "stride_h"),
                     "\npadding=0\n"));
      } else if (type == "adaptive_average_pool") {
        section("[avgpool]\n");
      } else if (type == "dropout") {
        section("[dropout]\nprobability=.5\n");
      } else {
        REQUIRE(type == "relu");
        section("[activation]\nactivation=relu\n");
      }
    }
    sections_[id] = count_ - 1;
  }

  const ModelData& model_;
  std::string cfg_;
  std::vector<Floats> floats_;
  std::vector<int> sections_;  // by node
  int count_ = 0;
};

TEST_CASE("darknet: SqueezeNet 1.1 written as a .cfg and .weights gives its torch file's logits") {
  GRAFT_REQUIRE_TEST_DATA(data);
  const Model model = load(data / "weights/squeezenet1_1.pth");
  const Writer writer(model.data());
  const DarknetPair files(writer.cfg(), writer.weights());
  const FileGraph network = read_network(files.weights());
  FileGraph original = network;
  original.graph = model.data().graph;
  original.weights = model.data().weights;
  original.outputs = {original.graph[original.graph.output()].name};
  const PlainMap x = random_map(3, 224, 224, 1);
  const PlainMap logits = run_network(network, x).at(0);
  CHECK(logits.c == 1000);
  check_same(logits, run_network(original, x).at(0));

  // It ends in a map of one pixel; a model's logits are a row.
  const ModelData imported = import_graph(network, {});
  CHECK(imported.graph.shapes({2, 224, 224, 3}).back() == Shape{2, 1000});
  CHECK(imported.head == head_of(network));
}

}  // namespace
}  // namespace graft::test
