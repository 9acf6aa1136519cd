#include "transfer/zoo/builder.h"
#include "transfer/zoo/families.h"

namespace graft {

namespace {

constexpr int64_t widths[] = {64, 128, 256, 512, 512};
constexpr int map = 7;  // side of the pooled map that the classifier reads

std::string feature(int index) { return "features." + std::to_string(index); }

// Layers of one convolution: itself, batch norm where there is one, activation.
int layers_each(const Vgg& vgg) { return vgg.batch_norm ? 3 : 2; }

}  // namespace

Graph Vgg::build(int64_t classes) const {
  Builder net;
  NodeId x = net.input();
  int index = 0;
  for (size_t block = 0; block < blocks.size(); ++block) {
    for (int i = 0; i < blocks[block]; ++i) {
      x = net.conv(feature(index++), x, widths[block], 3, {.padding = Padding::all(1), .bias = true});
      if (batch_norm) x = net.batch_norm(feature(index++), x);
      x = net.relu(feature(index++), x);
    }
    x = net.max_pool(feature(index++), x, 2, 2, 0);
  }
  x = net.adaptive_average_pool("avgpool", x, map);
  x = net.flatten("flatten", x, map);
  x = net.dense("classifier.0", x, 4096);
  x = net.relu("classifier.1", x);
  x = net.dropout("classifier.2", x, 0.5);
  x = net.dense("classifier.3", x, 4096);
  x = net.relu("classifier.4", x);
  x = net.dropout("classifier.5", x, 0.5);
  net.dense("classifier.6", x, classes);
  return net.take();
}

// A point for each block between two pools; the two hidden dense layers belong to the last.
std::vector<FreezePoint> Vgg::freeze_points() const {
  std::vector<FreezePoint> points;
  int index = 0;
  for (int convolutions : blocks) {
    FreezePoint& point = points.emplace_back();
    for (const int end = index + convolutions * layers_each(*this); index < end; ++index)
      point.prefixes.push_back(feature(index));
    ++index;  // the pool
  }
  points.back().prefixes.insert(points.back().prefixes.end(), {"classifier.0", "classifier.3"});
  return points;
}

}  // namespace graft
