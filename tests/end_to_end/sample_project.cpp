#include "end_to_end/program.h"

#include <random>

#include "transfer/model/head.h"
#include "transfer/model/recognise.h"
#include "transfer/weights/safetensors.h"

namespace graft::test {
namespace {

Image noisy(int brightness, uint32_t seed) {
  Image image{72, 68, {}};
  std::mt19937 random(seed);
  for (int i = 0; i < image.width * image.height * 3; ++i)
    image.rgb.push_back(static_cast<uint8_t>(brightness + static_cast<int>(random() % 80)));
  return image;
}

void write_classes(const TemporaryFolder& folder, const std::string& below, int images, uint32_t seed) {
  for (int i = 0; i < images; ++i) {
    const std::string file = "/" + std::to_string(i) + ".png";
    folder.write(below + "/bright" + file, png_file(noisy(160, seed++)));
    folder.write(below + "/dark" + file, png_file(noisy(10, seed++)));
  }
}

}  // namespace

void write_untrained(const std::string& file, const std::string& architecture) {
  ModelData model = describe(find_architecture(architecture), 1000);
  initialise_from_scratch(model, 1);
  std::vector<NamedTensor> tensors;
  for (const auto& [name, tensor] : model.weights)
    tensors.push_back({.name = name,
                       .shape = tensor.shape,
                       .strides = {},
                       .data = reinterpret_cast<const std::byte*>(tensor.data)});
  write_safetensors(file, tensors);
}

SampleProject::SampleProject() {
  write_classes(folder_, "data/train", 9, 100);
  write_classes(folder_, "data/val", 5, 200);
  write_classes(folder_, "all", 10, 300);
  write_untrained(weights(), "squeezenet1_1");
}

std::vector<std::string> SampleProject::train(const std::vector<std::string>& more) const {
  return with({"train", "--data", path("data"), "--image-size", "64", "--batch", "8", "--device", "cpu",
               "--threads", "2"},
              more);
}

const SampleProject& sample_project() {
  static const SampleProject project;
  return project;
}

}  // namespace graft::test
