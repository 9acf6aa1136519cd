#include "transfer/cost/probes.h"

#include "transfer/model/head.h"
#include "transfer/zoo/builder.h"
#include "transfer/zoo/squeeze_excitation.h"

namespace graft {

namespace {

// Side of the feature map; channels in thin layers (between depthwise ones) and in full ones.
struct Stage {
  int64_t side, thin, full;
};
constexpr Stage stages[] = {{112, 16, 32}, {56, 24, 64}, {28, 40, 128}, {14, 96, 256}, {7, 192, 512}};
constexpr int64_t classes = 1000, image_side = 224;

class Probe {
 public:
  explicit Probe(int64_t input_channels) : net_(input_channels) {}

  NodeId conv_norm(NodeId x, int64_t outputs, int64_t kernel, int64_t stride = 1, int64_t groups = 1) {
    x = net_.conv(name(), x, outputs, kernel,
                  {.stride = stride, .padding = Padding::all(kernel / 2), .groups = groups});
    return net_.batch_norm(name(), x);
  }
  NodeId sum(NodeId x, NodeId y) { return net_.add(name(), x, y); }
  NodeId relu(NodeId x) { return net_.relu(name(), x); }
  NodeId relu6(NodeId x) { return net_.activation(name(), x, Activation::relu6); }

  // As in DenseNet, where a norm comes first.
  NodeId norm_relu(NodeId x) { return relu(net_.batch_norm(name(), x)); }

  // As in MobileNetV2.
  NodeId separable(NodeId x, int64_t outputs, int64_t kernel, int64_t stride) {
    const int64_t wide = 6 * net_.channels(x);
    NodeId y = relu6(conv_norm(x, wide, 1));
    y = relu6(conv_norm(y, wide, kernel, stride, wide));
    y = conv_norm(y, outputs, 1);
    return stride == 1 && outputs == net_.channels(x) ? sum(x, y) : y;
  }

  // With a gate between them, as in EfficientNet, the convolutions stay steps of their own.
  NodeId gated(NodeId x, int64_t outputs, int64_t kernel) {
    const int64_t thin = net_.channels(x), wide = 6 * thin;
    NodeId y = relu6(conv_norm(x, wide, 1));
    y = relu6(conv_norm(y, wide, kernel, 1, wide));
    y = squeeze_excitation(net_, name(), y, thin / 4, Activation::silu, Activation::sigmoid);
    y = relu6(conv_norm(y, wide, kernel, 2, wide));
    return conv_norm(y, outputs, 1);
  }

  // As in ResNet-50.
  NodeId bottleneck(NodeId x, int64_t width, int64_t stride) {
    NodeId y = relu(conv_norm(x, width, 1));
    y = relu(conv_norm(y, width, 3, stride));
    y = conv_norm(y, 4 * width, 1);
    if (stride != 1 || net_.channels(x) != 4 * width) x = conv_norm(x, 4 * width, 1, stride);
    return relu(sum(y, x));
  }

  NodeId biased(NodeId x, int64_t outputs, int64_t kernel) {
    return relu(net_.conv(name(), x, outputs, kernel, {.padding = Padding::all(kernel / 2), .bias = true}));
  }

  // As in SqueezeNet.
  NodeId fire(NodeId x, int64_t squeeze) {
    x = biased(x, squeeze, 1);
    return net_.concat(name(), {biased(x, 4 * squeeze, 1), biased(x, 4 * squeeze, 3)});
  }

  NodeId max_pool(NodeId x) { return net_.max_pool(name(), x, 3, 2, 1); }

  NodeId features(NodeId x) { return net_.flatten(name(), net_.adaptive_average_pool(name(), x, 1)); }
  NodeId hidden(NodeId x, int64_t outputs) { return relu(net_.dense(name(), x, outputs)); }

  ModelData finish(NodeId map, int64_t side) { return with_head(features(map), side); }

  ModelData with_head(NodeId x, int64_t side) {
    net_.dense("head", net_.dropout(name(), x, 0.2), classes);
    ModelData model;
    model.arch = "probe " + std::to_string(side);
    model.graph = net_.take();
    model.head = "head";
    model.image_size = static_cast<int>(side);
    initialise_from_scratch(model, 0);
    return model;
  }

 private:
  std::string name() { return "layer" + std::to_string(layers_++); }

  Builder net_;
  int layers_ = 0;
};

// VGG's first maps and last layers.
ModelData large_map_probe() {
  Probe probe(64);
  const NodeId x = probe.features(probe.max_pool(probe.biased(0, 64, 3)));
  return probe.with_head(probe.hidden(probe.hidden(x, 4096), 4096), 112);
}

// As in VGG between them.
ModelData wide_probe() {
  Probe probe(256);
  const NodeId x = probe.biased(probe.biased(0, 512, 3), 512, 3);
  return probe.finish(probe.max_pool(x), 28);
}

// As in MobileNetV2, with the depthwise separable convolution behind it.
ModelData light_stem() {
  Probe probe(3);
  NodeId x = probe.relu6(probe.conv_norm(0, 32, 3, 2));
  x = probe.relu6(probe.conv_norm(x, 32, 3, 1, 32));
  return probe.finish(probe.relu6(probe.conv_norm(x, 16, 1)), image_side);
}

ModelData heavy_stem() {
  Probe probe(3);
  const NodeId x = probe.max_pool(probe.relu(probe.conv_norm(0, 64, 7, 2)));
  return probe.finish(probe.fire(x, 16), image_side);
}

ModelData thin_probe(const Stage& stage) {
  Probe probe(stage.thin);
  NodeId x = probe.separable(0, stage.thin, 3, 1);
  x = probe.separable(x, stage.thin, 5, 1);
  x = probe.sum(probe.separable(x, 2 * stage.thin, 3, 2), probe.gated(x, 2 * stage.thin, 3));
  return probe.finish(x, stage.side);
}

ModelData full_probe(const Stage& stage) {
  Probe probe(stage.full);
  NodeId x = probe.norm_relu(probe.fire(0, stage.full / 4));
  x = probe.bottleneck(x, stage.full, 1);
  x = probe.bottleneck(x, stage.full, 2);
  return probe.finish(probe.max_pool(x), stage.side);
}

}  // namespace

std::vector<ModelData> probe_networks() {
  std::vector<ModelData> probes{light_stem(), heavy_stem(), large_map_probe(), wide_probe()};
  for (const Stage& stage : stages) {
    probes.push_back(thin_probe(stage));
    probes.push_back(full_probe(stage));
  }
  return probes;
}

std::vector<ModelData> pace_networks() { return {thin_probe(stages[2]), full_probe(stages[2])}; }

}  // namespace graft
