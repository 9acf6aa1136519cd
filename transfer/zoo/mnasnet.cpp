#include <iterator>

#include "transfer/zoo/builder.h"
#include "transfer/zoo/families.h"
#include "transfer/zoo/scaled_width.h"

namespace graft {

namespace {

struct Stage {
  int64_t outputs, kernel, stride, expansion;  // the stride of the first block
  int blocks;
};

// Figure 7 of the paper (MnasNet-A1 without squeeze-and-excitation: B1).
constexpr Stage stages[] = {{24, 3, 2, 3, 3}, {40, 5, 2, 3, 3},  {80, 5, 2, 6, 3},
                            {96, 3, 1, 6, 2}, {192, 5, 2, 6, 4}, {320, 3, 1, 6, 1}};
constexpr int first_stage = 8, last_conv = 14;

constexpr double momentum = 1 - 0.9997;

std::string numbered(const std::string& before, int index) {
  return before + "layers." + std::to_string(index);
}

// Layers `index` and `index` + 1 of a sequence.
NodeId conv_norm(Builder& net, const std::string& before, int index, NodeId x, int64_t outputs,
                 int64_t kernel, int64_t stride = 1, int64_t groups = 1) {
  x = net.conv(numbered(before, index), x, outputs, kernel,
               {.stride = stride, .padding = Padding::all(kernel / 2), .groups = groups});
  return net.batch_norm(numbered(before, index + 1), x, 1e-5, momentum);
}

NodeId inverted_residual(Builder& net, const std::string& before, NodeId x, const Stage& stage,
                         int64_t stride, int64_t outputs) {
  const int64_t inner = stage.expansion * net.channels(x);
  NodeId y = conv_norm(net, before, 0, x, inner, 1);
  y = net.relu(numbered(before, 2), y);
  y = conv_norm(net, before, 3, y, inner, stage.kernel, stride, inner);
  y = net.relu(numbered(before, 5), y);
  y = conv_norm(net, before, 6, y, outputs, 1);
  return stride == 1 && net.channels(x) == outputs ? net.add(before + "add", x, y) : y;
}

std::string block_name(size_t stage, int block) {
  return numbered("", first_stage + static_cast<int>(stage)) + "." + std::to_string(block);
}

}  // namespace

Graph MnasNet::build(int64_t classes) const {
  Builder net;
  const int64_t stem = scaled_width(32, width);
  NodeId x = net.relu("layers.2", conv_norm(net, "", 0, net.input(), stem, 3, 2));
  x = net.relu("layers.5", conv_norm(net, "", 3, x, stem, 3, 1, stem));
  x = conv_norm(net, "", 6, x, scaled_width(16, width), 1);
  for (size_t stage = 0; stage < std::size(stages); ++stage)
    for (int i = 0; i < stages[stage].blocks; ++i)
      x = inverted_residual(net, block_name(stage, i) + ".", x, stages[stage],
                            i == 0 ? stages[stage].stride : 1, scaled_width(stages[stage].outputs, width));
  x = net.relu("layers.16", conv_norm(net, "", last_conv, x, 1280, 1));
  x = net.adaptive_average_pool("avgpool", x, 1);
  x = net.flatten("flatten", x);
  x = net.dropout("classifier.0", x, 0.2);
  net.dense("classifier.1", x, classes);
  return net.take();
}

std::vector<FreezePoint> MnasNet::freeze_points() const {
  std::vector<FreezePoint> points{{{"layers.0", "layers.1"}},
                                  {{"layers.3", "layers.4", "layers.6", "layers.7"}}};
  for (size_t stage = 0; stage < std::size(stages); ++stage)
    for (int i = 0; i < stages[stage].blocks; ++i) points.push_back({{block_name(stage, i)}});
  points.back().prefixes.insert(points.back().prefixes.end(),
                                {numbered("", last_conv), numbered("", last_conv + 1)});
  return points;
}

}  // namespace graft
