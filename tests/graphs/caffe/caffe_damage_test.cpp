#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "engine/error.h"
#include "graphs/caffe/caffe_files.h"
#include "weights/samples.h"

// Damaged pairs give an Error of one line, or a network whose parameters can be read.
namespace graft::test {
namespace {

constexpr uint32_t seed = 20261128;

constexpr const char* small_net =
    "name: 'n' input: 'data' input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8\n"
    "layer { name: 'c' type: 'Convolution' bottom: 'data' top: 'c' convolution_param { num_output: 4 "
    "kernel_size: 3 pad: 1 } }\n"
    "layer { name: 'b' type: 'BatchNorm' bottom: 'c' top: 'c' }\n"
    "layer { name: 'p' type: 'Pooling' bottom: 'c' top: 'p' pooling_param { pool: AVE kernel_size: 3 stride: "
    "2 } }\n"
    "layer { name: 'f' type: 'InnerProduct' bottom: 'p' top: 'f' inner_product_param { num_output: 5 } }\n";

std::string small_weights() {
  return wire_field(1, "n") +
         caffe_layer("c", {{{4, 3, 3, 3}, random_values(108, 1)}, {{4}, random_values(4, 2)}}) +
         caffe_layer("b", {{{4}, random_values(4, 3)}, {{4}, positive_values(4, 4)}, {{1}, {1}}}) +
         caffe_layer("f", {{{5, 64}, random_values(320, 5)}, {{5}, random_values(5, 6)}});
}

bool reads(const Folder& folder, std::string_view graph, std::string_view weights) {
  write_file(folder.path() / "n.prototxt", graph);
  const FileBytes bytes{(folder.path() / "n.caffemodel").string(), as_file_bytes(weights), nullptr};
  try {
    const SourceFile source = read_source(bytes);
    if (const auto* network = std::get_if<FileGraph>(&source)) {
      float sum = 0;
      for (const auto& [name, tensor] : network->weights)
        for (int64_t i = 0; i < tensor.count(); ++i) sum += tensor.data[i];
      CHECK(network->outputs.size() > 0);
    }
    return true;
  } catch (const Error& error) {
    CHECK(std::string_view(error.what()).find('\n') == std::string_view::npos);
    return false;
  }
}

TEST_CASE("caffe: files cut anywhere and with any byte changed") {
  const Folder folder;
  const std::string graph = small_net, weights = small_weights();
  REQUIRE(reads(folder, graph, weights));
  std::mt19937 random(seed);
  int refused = 0;
  for (size_t cut = 1; cut < weights.size(); cut += 1 + weights.size() / 200)
    refused += !reads(folder, graph, weights.substr(0, cut));
  CHECK(refused >= 190);
  for (size_t cut = 1; cut < graph.size(); cut += 5) reads(folder, graph.substr(0, cut), weights);
  for (int i = 0; i < 600; ++i) {
    std::string broken_graph = graph, broken_weights = weights;
    broken_graph[random() % graph.size()] = static_cast<char>(random());
    broken_weights[random() % weights.size()] = static_cast<char>(random());
    reads(folder, broken_graph, weights);
    reads(folder, graph, broken_weights);
  }
}

// Sizes that no file of this length can justify must be refused before memory is asked for.
TEST_CASE("caffe: absurd sizes") {
  const Folder folder;
  const std::string weights = small_weights();
  const auto with_blob = [&](std::vector<int64_t> shape) {
    return wire_field(1, "n") + caffe_layer("c", {{std::move(shape), {1, 2}}});
  };
  CHECK_FALSE(reads(folder, small_net, with_blob({int64_t{1} << 40, int64_t{1} << 40})));
  CHECK_FALSE(reads(folder, small_net, with_blob({-1, -2})));
  CHECK_FALSE(reads(folder, small_net, with_blob({1, 1, 1, 1, 1, 1, 1, 1, 1, 2})));
  for (const char* size : {"4000000000", "18446744073709551615", "0", "-1"}) {
    CAPTURE(size);
    for (const char* field : {"num_output: 4", "kernel_size: 3 pad: 1", "input_dim: 8\n",
                              "pool: AVE kernel_size: 3", "stride: 2"}) {
      std::string graph = small_net;
      const size_t at = graph.find(field);
      REQUIRE(at != graph.npos);
      const size_t number =
          graph.find_last_of(": ", at + std::string_view(field).find_last_of("0123456789")) + 1;
      const size_t end = graph.find_first_not_of("0123456789", number);
      graph.replace(number, end - number, size);
      reads(folder, graph, weights);
    }
  }
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "layer { ";
  CHECK_FALSE(reads(folder, deep, weights));
  std::string unknown = "name: 'n' ";
  for (int i = 0; i < 5000; ++i) unknown += "x { ";
  CHECK_FALSE(reads(folder, unknown, weights));
  std::string many = "name: 'n' ";
  for (int i = 0; i < 200000; ++i) many += "layer{}";
  CHECK_FALSE(reads(folder, many, weights));
  std::string layers = wire_field(1, "n") + caffe_layer("c", {});
  for (int i = 0; i < 30000; ++i) layers += wire_field(100, "");
  CHECK_FALSE(reads(folder, small_net, layers));
}

}  // namespace
}  // namespace graft::test
