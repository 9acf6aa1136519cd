#include <doctest/doctest.h>

#include <algorithm>

#include "engine/check.h"
#include "graphs/caffe/caffe_files.h"
#include "transfer/model/graph_import.h"

namespace graft::test {
namespace {

PlainMap relu(PlainMap x) {
  return plain_each(std::move(x), [](double v) { return std::max(v, 0.0); });
}

// The form of 2014: enum types, old sizes, input_dim, layers in place.
TEST_CASE("caffe: a classic network in the old form") {
  const PlainMap x = random_map(3, 9, 9, 1);
  const Floats w1 = random_values(4 * 3 * 9, 2), b1 = random_values(4, 3), w2 = random_values(5 * 4 * 16, 4),
               b2 = random_values(5, 5);
  const CaffePair files(
      "# a comment\nname: 'Classic'\ninput: 'data' input_dim: 10 input_dim: 3 input_dim: 9 input_dim: 9\n"
      "layers { name: 'conv1' type: CONVOLUTION bottom: 'data' top: 'conv1' blobs_lr: 1 weight_decay: 1\n"
      "  convolution_param { num_output: 4 kernel_size: 3 weight_filler { type: 'gaussian' std: 0.01 } } }\n"
      "layers { name: 'relu1' type: RELU bottom: 'conv1' top: 'conv1' }\n"
      "layers { name: 'pool1' type: POOLING bottom: 'conv1' top: 'pool1' pooling_param { pool: MAX "
      "kernel_size: 2 stride: 2 } }\n"
      "layers { name: 'drop' type: DROPOUT bottom: 'pool1' top: 'pool1' }\n"
      "layers { name: 'fc' type: INNER_PRODUCT bottom: 'pool1' top: 'fc' inner_product_param { num_output: 5 "
      "} }\n"
      "layers { name: 'prob' type: SOFTMAX bottom: 'fc' top: 'prob' }\n",
      caffe_v1_layer("conv1", {{{4, 3, 3, 3}, w1, true}, {{4}, b1, true}}) +
          caffe_v1_layer("fc", {{{5, 64}, w2, true}, {{5}, b2, true}}));
  const PlainMap conv = relu(plain_conv(x, w1, b1, {.kernel = 3}));
  const PlainMap pool = plain_max(conv, {.kernel = 2, .stride = 2}, 4, 4);
  const FileGraph network = read_network(files.weights());
  CHECK(network.name == "Classic");
  CHECK(network.outputs == std::vector<std::string>{"fc"});
  CHECK(network.notes ==
        std::vector<std::string>{"left out Softmax 'prob' at the end: graft's outputs are what it reads"});
  CHECK(head_of(network) == "fc");
  check_same(run_network(network, x).at(0), plain_product(pool, w2, b2));

  CHECK(read_network(files.weights(), {{}, {"prob"}}).outputs == std::vector<std::string>{"fc"});
  const FileGraph part =
      read_network(files.weights(), {{}, {"conv1"}});  // the blob, after the layer in place
  CHECK(part.outputs == std::vector<std::string>{"relu1"});
  check_same(run_network(part, x).at(0), conv);
  CHECK(read_network(files.weights(), {{}, {"relu1", "fc"}}).outputs ==
        std::vector<std::string>{"relu1", "fc"});
  CHECK(network_error(files.weights(), {{}, {"nothing"}}) ==
        "--outputs nothing: " + files.graph().string() +
            " has no blob or layer of this name; its last layer is 'prob'");
}

TEST_CASE("caffe: either file of a pair may be named, and the other by --graph") {
  const PlainMap x = random_map(2, 4, 4, 1);
  const std::string net = input_layer(x) + "layer { name: 'l' type: 'ReLU' bottom: 'data' top: 'y' }";
  const CaffePair files(net, caffe_layer("l", {{{1}, {0}}}));
  check_same(run_network(read_network(files.graph()), x).at(0), relu(x));
  const auto elsewhere = files.folder.path() / "other.txt";
  std::filesystem::rename(files.graph(), elsewhere);
  check_same(run_network(read_network(files.weights(), {elsewhere.string(), {}}), x).at(0), relu(x));
  CHECK(network_error(files.weights()) ==
        files.weights().string() + ": is one file of two, and there is no " + files.graph().string() +
            "; name its .prototxt file with --graph");
  check_same(run_network(read_network(elsewhere, {files.weights().string(), {}}), x).at(0), relu(x));
  CHECK(network_error(elsewhere).find("name its .caffemodel file with --graph") != std::string::npos);
  CHECK(network_error(files.weights(), {files.weights().string(), {}})
            .starts_with(files.weights().string() + ": line"));
}

TEST_CASE("caffe: a batch norm and its scale are one layer, named after the norm; in place") {
  const PlainMap x = random_map(3, 4, 4, 1);
  const Floats mean = random_values(3, 2), variance = positive_values(3, 3), gamma = random_values(3, 4),
               beta = random_values(3, 5);
  const CaffePair files(
      input_layer(x) +
          "layer { name: 'bn' type: 'BatchNorm' bottom: 'data' top: 'data' }\n"
          "layer { name: 'scale' type: 'Scale' bottom: 'data' top: 'data' scale_param { bias_term: true } }\n"
          "layer { name: 'relu' type: 'ReLU' bottom: 'data' top: 'data' }\n",
      caffe_layer("bn", {{{3}, mean}, {{3}, variance}, {{1}, {1}}}) +
          caffe_layer("scale", {{{3}, gamma}, {{3}, beta}}));
  const FileGraph network = read_network(files.weights());
  CHECK(network.graph.size() == 3);
  CHECK(network.graph[1].name == "bn");
  check_same(run_network(network, x).at(0),
             relu(plain_affine(plain_norm(x, mean, variance, 1e-5), gamma, beta)));
  // A scale is the norm's own only where nothing else reads the norm.
  const CaffePair apart(
      input_layer(x) +
          "layer { name: 'bn' type: 'BatchNorm' bottom: 'data' top: 'n' }\n"
          "layer { name: 'scale' type: 'Scale' bottom: 'n' top: 's' scale_param { bias_term: true } }\n"
          "layer { name: 'sum' type: 'Eltwise' bottom: 'n' bottom: 's' top: 'sum' }\n",
      caffe_layer("bn", {{{3}, mean}, {{3}, variance}, {{1}, {1}}}) +
          caffe_layer("scale", {{{3}, gamma}, {{3}, beta}}));
  const PlainMap norm = plain_norm(x, mean, variance, 1e-5);
  check_same(run_network(read_network(apart.weights()), x).at(0),
             plain_both(norm, plain_affine(norm, gamma, beta), [](double a, double b) { return a + b; }));
}

constexpr const char* training_net =
    "name: 'train'\n"
    "layer { name: 'images' type: 'Data' top: 'data' top: 'label' include { phase: TRAIN } transform_param { "
    "crop_size: 3 } }\n"
    "layer { name: 'images' type: 'Data' top: 'data' top: 'label' include { phase: TEST }\n"
    "  transform_param { crop_size: 5 mean_value: 104 mean_value: 117 mean_value: 123 scale: 0.017 } }\n"
    "layer { name: 'aug' type: 'Python' bottom: 'data' top: 'data' exclude { phase: TEST } }\n"
    "layer { name: 'fc' type: 'InnerProduct' bottom: 'data' top: 'fc' inner_product_param { num_output: 2 } "
    "}\n"
    "layer { name: 'loss' type: 'SoftmaxWithLoss' bottom: 'fc' bottom: 'label' top: 'loss' }\n"
    "layer { name: 'top5' type: 'Accuracy' bottom: 'fc' bottom: 'label' top: 'top5' include { phase: TEST } "
    "accuracy_param { top_k: 5 } }\n";

TEST_CASE("caffe: of a training description the tested network is read, with its preprocessing") {
  const CaffePair files(training_net, caffe_layer("fc", {{{2, 75}, random_values(150, 1)}, {{2}, {0, 1}}}));
  const FileGraph network = read_network(files.weights());
  CHECK(network.outputs == std::vector<std::string>{"fc"});
  CHECK(network.height == 5);
  CHECK(network.preprocessing == "104,117,123/58.823524/bgr");
  CHECK(network.notes.empty());
  ImportReport report;
  const ModelData model = import_graph(network, {}, &report);
  CHECK_FALSE(report.preprocessing_assumed);
  CHECK(model.output_count() == 2);
}

// The message that a network of one layer gives, without the file.
std::string refused(std::string_view layer, const std::vector<CaffeBlobText>& blobs = {{{1}, {0}}}) {
  const CaffePair files(input_layer(random_map(2, 4, 4, 1)) + std::string(layer), caffe_layer("l", blobs));
  std::string message = network_error(files.weights());
  const std::string name = files.graph().string() + ": ";
  CHECK(message.starts_with(name));
  return message.substr(std::min(name.size(), message.size()));
}

TEST_CASE("caffe: what there is no layer for is refused in a line, and --outputs may end before it") {
  CHECK(refused("layer { name: 'l' type: 'Deconvolution' bottom: 'data' top: 'y' }") ==
        "layer 'l' (Deconvolution): graft has no layer for it; --outputs NAME may end the network before it");
  const std::string softmax = refused(
      "layer { name: 's' type: 'Softmax' bottom: 'data' top: 's' } layer { name: 'l' type: 'ReLU' bottom: "
      "'s' top: 'y' }");
  CHECK(softmax.starts_with("layer 's' (Softmax): graft has no layer"));
  CHECK(refused("layer { name: 'l' type: 'Eltwise' bottom: 'data' bottom: 'data' top: 'y' eltwise_param { "
                "coeff: 1 coeff: -1 } }")
            .starts_with("layer 'l' (Eltwise): it has coefficients other than 1"));
  CHECK(refused("layer { name: 'l' type: 'Pooling' bottom: 'data' top: 'y' pooling_param { pool: AVE "
                "kernel_size: 1 stride: 2 } }")
            .starts_with("layer 'l' (Pooling): its last window lies outside its input"));
  const std::string conv =
      "layer { name: 'l' type: 'Convolution' bottom: 'data' top: 'y' convolution_param { num_output: 2 "
      "kernel_size: 1 } }";
  CHECK(refused(conv, {{{2, 2, 1, 1}, {1, 2, 3, 4}}})
            .starts_with("layer 'l' (Convolution): the .caffemodel has 1 blobs for it instead of 2"));
  CHECK(refused(conv, {{{4, 1, 1, 1}, {1, 2, 3, 4}}, {{2}, {1, 2}}})
            .starts_with(
                "layer 'l' (Convolution): its blob 0 in the .caffemodel is [4,1,1,1] instead of [2,2,1,1]"));
  CHECK(refused("layer { name: 'l' type: 'ReLU' bottom: 'nowhere' top: 'y' }") ==
        "layer 'l' reads blob 'nowhere', which nothing before it writes");
  CHECK(
      refused("layer { name: 'l' type: 'ReLU' bottom: 'data' top: 'y'\n } }").starts_with("line 3, column "));
  CHECK(refused("layer { name: 'l' type: 'ReLU' bottom: 'data' top: 'y' relu_param { negative_slope: -1 } }")
            .starts_with("layer 'l' (ReLU): "));

  const CaffePair files(input_layer(random_map(2, 4, 4, 1)) +
                            "layer { name: 'a' type: 'ReLU' bottom: 'data' top: 'a' }\n"
                            "layer { name: 'b' type: 'Deconvolution' bottom: 'a' top: 'b' }\n",
                        caffe_layer("l", {{{1}, {0}}}));
  CHECK(network_error(files.weights()) != "");
  CHECK(read_network(files.weights(), {{}, {"a"}}).outputs == std::vector<std::string>{"a"});
}

TEST_CASE("caffe: a parameter's field that is not known is told") {
  const CaffePair files(input_layer(random_map(2, 4, 4, 1)) +
                            "layer { name: 'l' type: 'ReLU' bottom: 'data' top: 'y' relu_param { wobble: 3 } "
                            "novel_param { a: 1 } }",
                        caffe_layer("l", {{{1}, {0}}}));
  const FileGraph network = read_network(files.weights());
  REQUIRE(network.notes.size() == 1);
  CHECK(network.notes[0].find("no field named \"wobble\"") != std::string::npos);
}

}  // namespace
}  // namespace graft::test
