#include <doctest/doctest.h>

#include <cmath>

#include "end_to_end/program.h"
#include "networks/network_run.h"
#include "support/bf16_devices.h"
#include "support/paths.h"
#include "support/test_data.h"
#include "transfer/data/dataset.h"
#include "transfer/features/feature_table.h"

namespace graft::test {
namespace {

namespace fs = std::filesystem;

// Of each image's features, the least.
double least_cosine(const FeatureTable& a, const FeatureTable& b) {
  REQUIRE(a.tensors.size() == b.tensors.size());
  double least = 1;
  for (size_t t = 0; t < a.tensors.size(); ++t) {
    const std::vector<float>&x = a.tensors[t].values, &y = b.tensors[t].values;
    REQUIRE(x.size() == y.size());
    const size_t images = a.images.size(), count = x.size() / images;
    for (size_t image = 0; image < images; ++image) {
      double xy = 0, xx = 0, yy = 0;
      for (size_t i = image * count; i < (image + 1) * count; ++i) {
        xy += double{x[i]} * y[i];
        xx += double{x[i]} * x[i];
        yy += double{y[i]} * y[i];
      }
      least = std::min(least, xy / std::sqrt(xx * yy));
    }
  }
  return least;
}

void check_features(const fs::path& weights, const Dataset& data, int image_size) {
  CAPTURE(weights);
  Model model = load(weights);
  if (image_size > 0) model.data().image_size = image_size;
  model.freeze_all_but("head");
  const auto features = [&](const std::string& device, const char* precision) {
    const DeviceChoice choice{.device = device, .threads = 2, .methods = {}};
    return feature_table(model.data(), data, choice, precision, nullptr);
  };
  const FeatureTable whole = features("cpu", "");
  REQUIRE(whole.images.size() == data.samples.size());
  for (const std::string& device : bf16_devices()) {
    const FeatureTable half = features(device, "bf16");
    const double least = least_cosine(half, whole);
    MESSAGE(weights.filename().string(), ", ", device, " in bfloat16, ", data.samples.size(),
            " images: least cosine with float32's features ", least);
    CHECK(least >= 0.999);
    CHECK(half.tensors[0].values != whole.tensors[0].values);
  }
}

TEST_CASE("features: in bfloat16 they point where float32's do, on images and weights made up") {
  if (!why_no_onednn_bf16().empty()) MESSAGE("skipped on cpu: ", why_no_onednn_bf16());
  const SampleProject& p = sample_project();
  const std::string mobilenet = p.path("features-of.safetensors");
  write_untrained(mobilenet, "mobilenet_v2");
  const Dataset data = open_data(p.path("all")).train;
  for (const std::string& weights : {p.weights(), mobilenet}) check_features(weights, data, 64);
}

TEST_CASE("features: in bfloat16 they point where float32's do, on photographs and published weights") {
  GRAFT_REQUIRE_TEST_DATA(data);
  Dataset photographs = open_data(data / "images" / "hymenoptera" / "val").train;
  std::vector<Sample> chosen;
  const size_t count = full_suite() ? 60 : 6;
  for (size_t i = 0; i < count; ++i)
    chosen.push_back(photographs.samples[i * photographs.samples.size() / count]);
  // One that MobileNetV2's first rounded maps once took furthest away.
  chosen.push_back({data / "images" / "hymenoptera" / "train" / "ants" / "36439863_0bec9f554f.jpg", 0});
  photographs.samples = chosen;
  for (const fs::path& weights :
       {data / "weights" / "mobilenet_v2.pth", data / "weights" / "squeezenet1_1.pth",
        fs::path(source_dir) / ".cache/weights/efficientnet_lite0.pth"}) {
    if (fs::exists(weights))
      check_features(weights, photographs, 0);
    else
      MESSAGE("skipped: no ", weights.string(), "; tools/setup fetches it");
  }
}

}  // namespace
}  // namespace graft::test
