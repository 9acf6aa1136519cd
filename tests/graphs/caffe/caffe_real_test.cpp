#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "graphs/plain_maps.h"
#include "support/test_data.h"
#include "transfer/model/host_tensors.h"
#include "transfer/weights/tensor_file.h"

// Networks that others published.
namespace graft::test {
namespace {

void check_finite(const PlainMap& map) {
  CHECK(std::all_of(map.values.begin(), map.values.end(), [](double v) { return std::isfinite(v); }));
  CHECK(std::any_of(map.values.begin(), map.values.end(), [](double v) { return v != 0; }));
}

int layers_of(const FileGraph& network, std::string_view type) {
  int count = 0;
  for (NodeId id = 1; id < network.graph.size(); ++id) count += network.graph[id].layer->type() == type;
  return count;
}

TEST_CASE("caffe: MTCNN's three networks") {
  GRAFT_REQUIRE_TEST_DATA(data);
  struct Expected {
    const char* file;
    int64_t size;
    int convs, dense, prelus, pools;
    std::vector<int64_t> outputs;
  };
  const Expected networks[] = {{"det1", 12, 5, 0, 3, 1, {2, 4}},
                               {"det2", 24, 3, 3, 4, 2, {2, 4}},
                               {"det3", 48, 4, 4, 5, 3, {2, 4, 10}}};
  for (const Expected& expected : networks) {
    CAPTURE(expected.file);
    const FileGraph network =
        read_network(data / "formats/caffemodel/mtcnn" / (std::string(expected.file) + ".caffemodel"));
    CHECK(network.height == expected.size);
    CHECK(layers_of(network, "conv") == expected.convs);
    CHECK(layers_of(network, "dense") == expected.dense);
    CHECK(layers_of(network, "prelu") == expected.prelus);
    CHECK(layers_of(network, "max_pool") == expected.pools);
    const std::vector<PlainMap> outputs =
        run_network(network, random_map(3, expected.size, expected.size, 1));
    std::vector<int64_t> sizes;
    for (const PlainMap& output : outputs) {
      check_finite(output);
      sizes.push_back(output.c);
      CHECK(output.h * output.w == 1);
    }
    std::sort(sizes.begin(), sizes.end());
    CHECK(sizes == expected.outputs);
  }
}

struct FoldedConv {
  HostTensor weight, bias;
};

// The .pth's convolutions in its order, each with the batch norm behind it folded in.
std::vector<FoldedConv> folded_convs(const TensorFile& file) {
  std::vector<FoldedConv> convs;
  const auto& tensors = file.tensors();
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i].shape.rank() != 4) continue;
    const HostTensor weight = host_tensor(file, tensors[i]);
    Floats w(weight.data, weight.data + weight.count()), b(static_cast<size_t>(weight.shape[0]), 0.0f);
    const auto next = [&](size_t k) { return host_tensor(file, tensors.at(i + k)); };
    const bool norm = i + 4 < tensors.size() && tensors[i + 3].name.ends_with("running_mean");
    if (norm) {
      const HostTensor gamma = next(1), beta = next(2), mean = next(3), variance = next(4);
      for (size_t k = 0; k < b.size(); ++k) {
        const double factor = gamma.data[k] / std::sqrt(variance.data[k] + 1e-5);
        b[k] = static_cast<float>(beta.data[k] - mean.data[k] * factor);
        const size_t row = w.size() / b.size();
        for (size_t j = 0; j < row; ++j) w[k * row + j] = static_cast<float>(w[k * row + j] * factor);
      }
    } else {
      const HostTensor bias = next(1);
      b.assign(bias.data, bias.data + bias.count());
    }
    convs.push_back(
        {HostTensor::from(weight.shape, std::move(w)), HostTensor::from({weight.shape[0]}, std::move(b))});
  }
  return convs;
}

// One network in two formats: the .caffemodel's convolutions, whose batch norms were folded when it was made,
// find the .pth's by shape and by the nearest values.
TEST_CASE("caffe: UltraFace's outputs are those of its .pth") {
  GRAFT_REQUIRE_TEST_DATA(data);
  FileGraph network = read_network(data / "formats/ultraface/RFB-320.caffemodel");
  CHECK(network.height == 240);
  CHECK(network.width == 320);
  const PlainMap x = random_map(3, 240, 320, 1);
  const std::vector<PlainMap> ours = run_network(network, x);
  REQUIRE(ours.size() == 2);
  CHECK(ours[0].c + ours[1].c == 4420 * (4 + 2));

  const TensorFile file = read_tensor_file(data / "formats/ultraface/version-RFB-320.pth");
  std::vector<FoldedConv> convs = folded_convs(file);
  const int count = layers_of(network, "conv");
  CHECK(static_cast<size_t>(count) == convs.size());
  int exchanged = 0;
  for (NodeId id = 1; id < network.graph.size(); ++id) {
    if (network.graph[id].layer->type() != "conv") continue;
    HostTensor& weight = network.weights.at(network.graph[id].name + ".weight");
    HostTensor& bias = network.weights.at(network.graph[id].name + ".bias");
    const auto distance = [&](const FoldedConv& conv) {
      if (!(conv.weight.shape == weight.shape)) return 1e30;
      double sum = 0;
      for (int64_t i = 0; i < weight.count(); ++i)
        sum += std::abs(double{weight.data[i]} - conv.weight.data[i]);
      return sum;
    };
    const auto nearest = std::min_element(
        convs.begin(), convs.end(), [&](const auto& a, const auto& b) { return distance(a) < distance(b); });
    REQUIRE(nearest != convs.end());
    REQUIRE(distance(*nearest) < 1e30);
    weight = nearest->weight;
    bias = nearest->bias;
    convs.erase(nearest);  // each serves once
    ++exchanged;
  }
  CHECK(exchanged == count);
  const std::vector<PlainMap> theirs = run_network(network, x);
  for (size_t i = 0; i < ours.size(); ++i) check_same(ours[i], theirs[i], 1e-4);
}

}  // namespace
}  // namespace graft::test
