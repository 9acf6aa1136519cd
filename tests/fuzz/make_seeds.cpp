// Writes a small file of every kind for the fuzzers to begin with: make_seeds FOLDER.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "data/jpeg_samples.h"
#include "fuzz_pair.h"
#include "graphs/caffe/caffe_files.h"
#include "graphs/darknet/darknet_files.h"
#include "graphs/onnx/onnx_sample.h"
#include "support/picture_files.h"
#include "transfer/model/graph_import.h"
#include "transfer/model/model_file.h"
#include "weights/samples.h"

namespace graft::test {
namespace {

class Seeds {
 public:
  explicit Seeds(std::filesystem::path folder) : folder_(std::move(folder)) {}
  void write(const std::string& target, const std::string& name, std::string_view content) const {
    std::filesystem::create_directories(folder_ / target);
    std::ofstream(folder_ / target / name, std::ios::binary) << content;
  }
  void write(const std::string& target, const std::string& name,
             const std::vector<std::byte>& content) const {
    write(target, name, as_text(content));
  }

 private:
  std::filesystem::path folder_;
};

OnnxSample onnx_sample() {
  OnnxSample net({1, 3, 6, 6});
  net.random("a.weight", {4, 3, 3, 3});
  net.random("a.bias", {4});
  net.add("Conv", {"x", "a.weight", "a.bias"}, "a", {.integers = {{"pads", {1, 1, 1, 1}}}});
  net.add("Clip", {"a"}, "r", {.reals = {{"min", 0.0f}, {"max", 6.0f}}});
  net.add("GlobalAveragePool", {"r"}, "p");
  net.integers("sizes", {0, -1});
  net.add("Reshape", {"p", "sizes"}, "f");
  net.random("fc.weight", {5, 4});
  net.add("Gemm", {"f", "fc.weight"}, "y", {.integers = {{"transB", {1}}}});
  return net;
}

std::string caffe_pair() {
  const std::string graph =
      "name: 'n' input: 'data' input_dim: 1 input_dim: 3 input_dim: 8 input_dim: 8\n"
      "layer { name: 'c' type: 'Convolution' bottom: 'data' top: 'c' convolution_param { num_output: 4 "
      "kernel_size: 3 pad: 1 } }\n"
      "layer { name: 'b' type: 'BatchNorm' bottom: 'c' top: 'c' }\n"
      "layer { name: 'r' type: 'ReLU' bottom: 'c' top: 'c' }\n"
      "layer { name: 'f' type: 'InnerProduct' bottom: 'c' top: 'f' inner_product_param { num_output: 2 } }\n";
  const std::string weights =
      wire_field(1, "n") +
      caffe_layer("c", {{{4, 3, 3, 3}, random_values(108, 1)}, {{4}, random_values(4, 2)}}) +
      caffe_layer("b", {{{4}, random_values(4, 3)}, {{4}, positive_values(4, 4)}, {{1}, {1}}}) +
      caffe_layer("f", {{{2, 256}, random_values(512, 5)}, {{2}, random_values(2, 6)}});
  return fuzz::pair_input(graph, weights);
}

std::string darknet_pair() {
  const std::string graph =
      "[net]\nheight=8\nwidth=8\nchannels=3\n"
      "[convolutional]\nbatch_normalize=1\nfilters=4\nsize=3\nstride=1\npad=1\nactivation=leaky\n"
      "[maxpool]\nsize=2\nstride=2\n[route]\nlayers=-1,-1\n[connected]\noutput=2\nactivation=linear\n";
  return fuzz::pair_input(
      graph, darknet_header() + darknet_floats({random_values(4, 1), random_values(4, 2), random_values(4, 3),
                                                positive_values(4, 4), random_values(108, 5),
                                                random_values(2, 6), random_values(256, 7)}));
}

void write_all(const Seeds& seeds) {
  for (const auto& [name, content] : all_samples())
    seeds.write(name.starts_with("torch") ? "torch" : name.starts_with("np") ? "numpy" : name, name, content);
  const OnnxSample onnx = onnx_sample();
  seeds.write("onnx", "network.onnx", onnx.bytes({"y"}));
  seeds.write("safetensors", "network.graft", model_bytes(import_graph(onnx.read({"y"}), {})));
  seeds.write("caffe", "network", caffe_pair());
  seeds.write("darknet", "network", darknet_pair());
  int number = 0;
  for (const std::string_view jpeg : {kBaselineJpeg, kProgressiveJpeg, kGreyJpeg, kCmykJpeg, kSubsampledJpeg})
    seeds.write("image", std::to_string(number++) + ".jpg", from_hex(jpeg));
  seeds.write("image", "pattern.png", png_file(pattern(9, 7)));
  seeds.write("image", "pattern.bmp", bmp_file(pattern(9, 7)));
  seeds.write("csv", "quoted.csv", std::string_view("image,label\n\"a \"\"b\"\".jpg\",x\r\nc.jpg,\"y,z\"\n"));
}

}  // namespace
}  // namespace graft::test

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  doctest::Context context;  // the writers check what they write
  context.setAsDefaultForAssertsOutOfTestCases();
  graft::test::write_all(graft::test::Seeds(argv[1]));
  return 0;
}
