#pragma once

#include <string>
#include <vector>

#include "engine/graph.h"
#include "kernels/activation/activation.h"
#include "layers/conv.h"
#include "layers/pool.h"

namespace graft {

// Writes a network down layer by layer, keeping the channels in mind. Names are the published layer names;
// layers without parameters are named too, so that the plan and the profiler can speak of them.
class Builder {
 public:
  struct Window {
    int64_t stride = 1;
    Padding padding = {};
    int64_t groups = 1;
    bool bias = false;
    bool linear = false;
  };
  struct Kernel {
    int64_t h, w;
    Kernel(int64_t h, int64_t w) : h(h), w(w) {}
    Kernel(int64_t side) : Kernel(side, side) {}
    // As many rows and columns of zeros as keep the size, at stride 1.
    Padding padding() const { return {false, h / 2, w / 2, h / 2, w / 2}; }
  };

  explicit Builder(int64_t input_channels = 3);

  NodeId input() const { return 0; }
  NodeId conv(const std::string& name, NodeId x, int64_t outputs, Kernel kernel, const Window& window);
  NodeId batch_norm(const std::string& name, NodeId x, double epsilon = 1e-5, double momentum = 0.1);
  NodeId activation(const std::string& name, NodeId x, Activation kind);
  NodeId relu(const std::string& name, NodeId x) { return activation(name, x, Activation::relu); }
  NodeId max_pool(const std::string& name, NodeId x, int64_t kernel, int64_t stride, int64_t padding,
                  bool ceil_mode = false);
  // Padding counts in the divisor.
  NodeId average_pool(const std::string& name, NodeId x, int64_t kernel, int64_t stride, int64_t padding);
  NodeId adaptive_average_pool(const std::string& name, NodeId x, int64_t size);
  NodeId add(const std::string& name, NodeId a, NodeId b);
  // `b`: of the same shape, or one factor a channel.
  NodeId multiply(const std::string& name, NodeId a, NodeId b);
  NodeId concat(const std::string& name, std::vector<NodeId> inputs);
  // Channels first to first + count - 1.
  NodeId slice(const std::string& name, NodeId x, int64_t first, int64_t count);
  NodeId channel_shuffle(const std::string& name, NodeId x, int64_t groups);
  NodeId layer_norm(const std::string& name, NodeId x, double epsilon);
  // Its parameter is NAME.layer_scale.
  NodeId layer_scale(const std::string& name, NodeId x);
  NodeId dropout(const std::string& name, NodeId x, double probability);
  // `map` is the size of the square map that is flattened: 1 behind global pooling.
  NodeId flatten(const std::string& name, NodeId x, int64_t map = 1);
  NodeId dense(const std::string& name, NodeId x, int64_t outputs);

  int64_t channels(NodeId x) const { return features_.at(x).c; }
  Graph take() { return std::move(graph_); }

 private:
  struct Features {
    int64_t c;        // channels, or features where flat
    int64_t map = 0;  // behind flatten: the size of the map
  };

  NodeId pool(const std::string& name, NodeId x, const PoolOptions& options);
  NodeId add_layer(const std::string& name, LayerPtr layer, std::vector<NodeId> inputs, Features features);

  Graph graph_;
  std::vector<Features> features_;
};

}  // namespace graft
