#include <doctest/doctest.h>

#include <fstream>

#include "engine/check.h"
#include "support/test_data.h"
#include "transfer/weights/tensor_values.h"
#include "transfer/zoo/zoo.h"
#include "weights/samples.h"

namespace graft::test {
namespace {

void check_sample(const TensorFile& file) {
  REQUIRE(file.tensors().size() == 4);
  CHECK(file.at("conv.weight").shape == Shape{2, 3, 2, 2});
  const auto weight = values_of(file, "conv.weight");
  REQUIRE(weight.size() == 24);
  for (size_t i = 0; i < 24; ++i) CHECK(weight[i] == -1.0f + 0.125f * static_cast<float>(i));
  CHECK(values_of(file, "conv.bias") == std::vector<float>{0.5f, 1.5f});
  CHECK(file.at("norm.num_batches_tracked").dtype == DType::int64);
  CHECK(file.at("norm.num_batches_tracked").shape == Shape{});
  CHECK(values_of(file, "norm.num_batches_tracked") == std::vector<float>{77.0f});
  CHECK(file.at("dense.weight").shape == Shape{3, 2});
  CHECK(values_of(file, "dense.weight") == std::vector<float>{1, 4, 2, 5, 3, 6});
  CHECK(file.find("absent") == nullptr);
  CHECK_THROWS_AS(file.at("absent"), Error);
}

enum class Compare { layout, bytes };

// Names, shapes, dtypes and bytes, whatever the order. Returns how many tensors were compared.
size_t check_same(const TensorFile& a, const TensorFile& b, Compare compare = Compare::bytes) {
  CHECK(a.tensors().size() == b.tensors().size());
  size_t compared = 0;
  std::vector<std::byte> storage_a, storage_b;
  for (const NamedTensor& tensor : a.tensors()) {
    const NamedTensor* other = b.find(tensor.name);
    CAPTURE(tensor.name);
    REQUIRE(other);
    CHECK(tensor.dtype == other->dtype);
    CHECK(tensor.shape == other->shape);
    if (compare == Compare::bytes) {
      const bool same =
          as_text(row_major_bytes(tensor, storage_a)) == as_text(row_major_bytes(*other, storage_b));
      CHECK(same);
    }
    ++compared;
  }
  return compared;
}

TEST_CASE("weights: every format gives the same small network") {
  for (const auto& [name, bytes] : all_samples()) {
    CAPTURE(name);
    const TensorFile file = read_copy(bytes);
    CHECK(name.starts_with(file.format()));
    if (name == "npy")
      CHECK(values_of(file, "array") == std::vector<float>{1, 2, 3, 4, 5, 6});
    else
      check_sample(file);
  }
}

TEST_CASE("weights: a file is known by its content, and its mapping lives as long as a copy of the list") {
  const Folder folder;
  const auto path = folder.path() / "misleading.npz";
  std::ofstream(path, std::ios::binary) << sample_torch_zip();
  TensorFile copy = read_tensor_file(path);
  std::filesystem::remove(path);
  const TensorFile moved = std::move(copy);
  CHECK(moved.format() == "torch");
  CHECK(moved.name() == path.string());
  check_sample(moved);
}

TEST_CASE("weights: what is no weight file is refused with its name") {
  const Folder folder;
  const auto refused = [&](const std::filesystem::path& path) {
    try {
      read_tensor_file(path);
    } catch (const Error& error) {
      CHECK(std::string(error.what()).starts_with(path.string() + ": "));
      return error.code();
    }
    return ErrorCode::cancelled;
  };
  CHECK(refused(folder.path() / "absent.pth") == ErrorCode::file);
  CHECK(refused(folder.path()) == ErrorCode::format);  // no .npy in it
  std::ofstream(folder.path() / "empty");
  CHECK(refused(folder.path() / "empty") == ErrorCode::format);
  std::ofstream(folder.path() / "page") << "<html>404</html>";
  CHECK(refused(folder.path() / "page") == ErrorCode::format);
  CHECK(refusal("").find("no weight file") != std::string::npos);
  CHECK(refusal(zip_file({zip_entry("readme.txt", "hello")})).find("data.pkl") != std::string::npos);
}

TEST_CASE("weights: SqueezeNet 1.1 is the same network in four formats") {
  GRAFT_REQUIRE_TEST_DATA(data);
  const TensorFile reference = read_tensor_file(data / "weights/squeezenet1_1.safetensors");
  CHECK(reference.format() == "safetensors");
  CHECK(reference.tensors().size() == 52);
  CHECK(reference.at("features.0.weight").shape == Shape{64, 3, 3, 3});
  for (const char* name : {"squeezenet1_1.pth", "squeezenet1_1.legacy.pth", "squeezenet1_1.npz"}) {
    CAPTURE(name);
    CHECK(check_same(reference, read_tensor_file(data / "weights" / name)) == 52);
  }
}

TEST_CASE("weights: real files of other projects load") {
  GRAFT_REQUIRE_TEST_DATA(data);
  const TensorFile mobilenet = read_tensor_file(data / "weights/mobilenet_v2.pth");
  CHECK(mobilenet.at("classifier.1.weight").shape == Shape{1000, 1280});
  CHECK(mobilenet.at("features.0.1.num_batches_tracked").dtype == DType::int64);
  const TensorFile mnist = read_tensor_file(data / "formats/safetensors/mnist.safetensors");
  const TensorFile mnist_torch = read_tensor_file(data / "formats/safetensors/mnist.pt");
  // One network, saved twice while it was trained.
  CHECK(check_same(mnist, mnist_torch, Compare::layout) == 20);
  CHECK(values_of(mnist, "norm1.num_batches_tracked") == std::vector<float>{7504});
  CHECK(values_of(mnist_torch, "norm1.num_batches_tracked") == std::vector<float>{3752});
  CHECK(values_of(mnist, "fc2.bias")[0] == std::bit_cast<float>(0x3db53530u));
  CHECK(values_of(mnist_torch, "fc2.bias")[0] == std::bit_cast<float>(0x3db5352eu));
  CHECK(read_tensor_file(data / "formats/ultraface/version-RFB-320.pth").tensors().size() > 100);
}

// Convolutions come without biases, batch norms without their counts.
int norm_as_expected(const TensorFile& file, const std::string& name, int64_t channels) {
  for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"})
    CHECK(file.at(name + part).shape == Shape{channels});
  return 4;
}

TEST_CASE("weights: ResNet-20 for CIFAR-10, whose network has no name here, has its tensors") {
  GRAFT_REQUIRE_TEST_DATA(data);
  const TensorFile file = read_tensor_file(data / "formats/pth/resnet20-12fca82f.th");
  CHECK(file.format() == "torch legacy");
  CHECK(file.at("conv1.weight").shape == Shape{16, 3, 3, 3});
  int tensors = 1 + norm_as_expected(file, "bn1", 16);
  int64_t inputs = 16;
  for (int stage = 1; stage <= 3; ++stage)
    for (int block = 0; block < 3; ++block) {
      const int64_t outputs = int64_t{8} << stage;
      const std::string name = text("layer", stage, ".", block, ".");
      CHECK(file.at(name + "conv1.weight").shape == Shape{outputs, inputs, 3, 3});
      CHECK(file.at(name + "conv2.weight").shape == Shape{outputs, outputs, 3, 3});
      tensors +=
          2 + norm_as_expected(file, name + "bn1", outputs) + norm_as_expected(file, name + "bn2", outputs);
      inputs = outputs;
    }
  CHECK(file.at("linear.weight").shape == Shape{10, 64});
  CHECK(file.at("linear.bias").shape == Shape{10});
  CHECK(file.tensors().size() == static_cast<size_t>(tensors) + 2);
}

TEST_CASE("weights: a ShuffleNetV2 under other names has ours' shapes, without its head") {
  GRAFT_REQUIRE_TEST_DATA(data);
  const TensorFile file = read_tensor_file(data / "formats/pth/shufflenetv2.pth");
  const auto renamed = [](std::string name) {
    for (const auto& [ours, theirs] :
         {std::pair{"conv1.", "first_conv."}, {".branch1.", ".branch_proj."}, {".branch2.", ".branch_main."}})
      if (const size_t at = name.find(ours); at != std::string::npos)
        name.replace(at, std::string_view(ours).size(), theirs);
    return name;
  };
  const Graph graph = find_architecture("shufflenet_v2_x0_5").build(1000);
  size_t found = 0, counts = 0;
  for (NodeId id = 1; id < graph.size(); ++id)
    for (const ParameterSpec& spec : graph[id].layer->parameters()) {
      const std::string name = renamed(parameter_name(graph[id], spec));
      const NamedTensor* tensor = file.find(name);
      CAPTURE(name);
      CHECK((tensor != nullptr) == !(name.starts_with("conv5") || name.starts_with("fc")));
      if (!tensor) continue;
      CHECK(tensor->shape == spec.shape);
      ++found;
    }
  for (const NamedTensor& tensor : file.tensors()) counts += tensor.name.ends_with(".num_batches_tracked");
  CHECK(found + counts == file.tensors().size());
}

}  // namespace
}  // namespace graft::test
