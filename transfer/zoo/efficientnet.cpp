#include <cmath>

#include "transfer/zoo/builder.h"
#include "transfer/zoo/families.h"
#include "transfer/zoo/scaled_width.h"
#include "transfer/zoo/squeeze_excitation.h"

namespace graft {

namespace {

struct Stage {
  int64_t expansion, kernel, stride, outputs;  // the stride of the first block
  int blocks;
  bool fused = false;  // one full convolution in place of the expanding and the depthwise one
};

// Table 1 of the first paper, table 4 of the second.
constexpr Stage version_1[] = {{1, 3, 1, 16, 1},  {6, 3, 2, 24, 2},  {6, 5, 2, 40, 2}, {6, 3, 2, 80, 3},
                               {6, 5, 1, 112, 3}, {6, 5, 2, 192, 4}, {6, 3, 1, 320, 1}};
constexpr Stage version_2_small[] = {{1, 3, 1, 24, 2, true}, {4, 3, 2, 48, 4, true}, {4, 3, 2, 64, 4, true},
                                     {4, 3, 2, 128, 6},      {6, 3, 1, 160, 9},      {6, 3, 2, 256, 15}};

std::span<const Stage> stages_of(int version) {
  return version == 1 ? std::span<const Stage>(version_1) : std::span<const Stage>(version_2_small);
}

// Writes one network: what all its blocks have in common.
class Writer {
 public:
  explicit Writer(double epsilon) : epsilon_(epsilon) {}

  NodeId conv_norm(const std::string& name, NodeId x, int64_t outputs, int64_t kernel, int64_t stride = 1,
                   int64_t groups = 1) {
    x = net.conv(name + ".0", x, outputs, kernel,
                 {.stride = stride, .padding = Padding::all(kernel / 2), .groups = groups});
    return net.batch_norm(name + ".1", x, epsilon_);
  }

  NodeId conv_norm_silu(const std::string& name, NodeId x, int64_t outputs, int64_t kernel,
                        int64_t stride = 1, int64_t groups = 1) {
    x = conv_norm(name, x, outputs, kernel, stride, groups);
    return net.activation(name + ".2", x, Activation::silu);
  }

  NodeId block(const std::string& name, NodeId x, const Stage& stage, int64_t stride, int64_t outputs) {
    const int64_t expanded = stage.expansion * net.channels(x);
    const NodeId y = stage.fused ? fused_branch(name, x, stage, stride, expanded, outputs)
                                 : branch(name, x, stage, stride, expanded, outputs);
    return stride == 1 && net.channels(x) == outputs ? net.add(name + ".add", x, y) : y;
  }

  Builder net;

 private:
  NodeId branch(const std::string& name, NodeId x, const Stage& stage, int64_t stride, int64_t expanded,
                int64_t outputs) {
    const int64_t squeeze = net.channels(x) / 4;
    int index = 0;
    const auto part = [&] { return name + ".block." + std::to_string(index++); };
    if (stage.expansion != 1) x = conv_norm_silu(part(), x, expanded, 1);
    x = conv_norm_silu(part(), x, expanded, stage.kernel, stride, expanded);
    x = squeeze_excitation(net, part(), x, squeeze, Activation::silu, Activation::sigmoid);
    return conv_norm(part(), x, outputs, 1);
  }

  NodeId fused_branch(const std::string& name, NodeId x, const Stage& stage, int64_t stride, int64_t expanded,
                      int64_t outputs) {
    if (stage.expansion == 1) return conv_norm_silu(name + ".block.0", x, outputs, stage.kernel, stride);
    x = conv_norm_silu(name + ".block.0", x, expanded, stage.kernel, stride);
    return conv_norm(name + ".block.1", x, outputs, 1);
  }

  double epsilon_;
};

int scaled_blocks(const Stage& stage, double depth) {
  return static_cast<int>(std::ceil(depth * stage.blocks));
}

std::string feature(size_t index) { return "features." + std::to_string(index); }

std::string block_name(size_t stage, int block) { return feature(stage + 1) + "." + std::to_string(block); }

}  // namespace

Graph EfficientNet::build(int64_t classes) const {
  const std::span<const Stage> stages = stages_of(version);
  Writer writer(version == 1 ? 1e-5 : 1e-3);
  Builder& net = writer.net;
  NodeId x =
      writer.conv_norm_silu(feature(0), net.input(), scaled_width(version == 1 ? 32 : 24, width), 3, 2);
  for (size_t i = 0; i < stages.size(); ++i)
    for (int j = 0; j < scaled_blocks(stages[i], depth); ++j)
      x = writer.block(block_name(i, j), x, stages[i], j == 0 ? stages[i].stride : 1,
                       scaled_width(stages[i].outputs, width));
  x = writer.conv_norm_silu(feature(stages.size() + 1), x, version == 1 ? 4 * net.channels(x) : 1280, 1);
  x = net.adaptive_average_pool("avgpool", x, 1);
  x = net.flatten("flatten", x);
  x = net.dropout("classifier.0", x, dropout);
  net.dense("classifier.1", x, classes);
  return net.take();
}

std::vector<FreezePoint> EfficientNet::freeze_points() const {
  const std::span<const Stage> stages = stages_of(version);
  std::vector<FreezePoint> points{{{feature(0)}}};
  for (size_t i = 0; i < stages.size(); ++i)
    for (int j = 0; j < scaled_blocks(stages[i], depth); ++j) points.push_back({{block_name(i, j)}});
  points.back().prefixes.push_back(feature(stages.size() + 1));
  return points;
}

}  // namespace graft
