#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <optional>
#include <sstream>

#include "networks/network_run.h"
#include "support/kernel_devices.h"
#include "support/paths.h"
#include "support/test_data.h"
#include "transfer/graft.h"
#include "transfer/image/decode.h"
#include "transfer/image/preprocess.h"
#include "transfer/training/session.h"
#include "transfer/training/trainer.h"
#include "transfer/weights/tensor_file.h"
#include "transfer/weights/tensor_values.h"

namespace graft::test {
namespace {

namespace fs = std::filesystem;

struct Golden {
  const char* arch;
  const char* weights;  // in the test data; Lite0's come with tools/setup
};

constexpr Golden networks[] = {{"squeezenet1_1", "weights/squeezenet1_1.pth"},
                               {"mobilenet_v2", "weights/mobilenet_v2.pth"},
                               {"efficientnet_lite0", nullptr}};

std::optional<fs::path> weights_of(const Golden& golden, const fs::path& data) {
  if (golden.weights) return data / golden.weights;
  const fs::path fetched = fs::path(source_dir) / ".cache/weights/efficientnet_lite0.pth";
  if (fs::exists(fetched)) return fetched;
  return std::nullopt;
}

// N,C,H,W to N,H,W,C.
std::vector<float> to_nhwc(std::span<const float> nchw, const Shape& s) {
  std::vector<float> nhwc(nchw.size());
  const int64_t pixels = s[2] * s[3];
  for (int64_t n = 0; n < s[0]; ++n)
    for (int64_t c = 0; c < s[1]; ++c)
      for (int64_t pixel = 0; pixel < pixels; ++pixel)
        nhwc[(n * pixels + pixel) * s[1] + c] = nchw[(n * s[1] + c) * pixels + pixel];
  return nhwc;
}

double relative_error(std::span<const float> got, std::span<const float> expected) {
  REQUIRE(got.size() == expected.size());
  double difference = 0, largest = 0;
  for (size_t i = 0; i < got.size(); ++i) {
    const double d = std::abs(double{got[i]} - expected[i]);
    difference = d <= difference ? difference : d;
    largest = std::max(largest, std::abs(double{expected[i]}));
  }
  return difference / largest;
}

std::vector<float> logits_of(const Model& model, Device& device, std::span<const float> pixels,
                             const Shape& nhwc, Math math = Math::fp32) {
  Session session(device, model.data().graph, model.data().weights, {.choice = {}, .math = math});
  const float* inputs[] = {pixels.data()};
  return session.infer({0}, {nhwc}, inputs, {model.data().graph.output()})[0];
}

int64_t best(std::span<const float> logits) {
  return std::max_element(logits.begin(), logits.end()) - logits.begin();
}

// The quoted strings between "photos": [ and ].
std::vector<std::string> photos_of(const fs::path& description) {
  std::ifstream file(description);
  std::stringstream content;
  content << file.rdbuf();
  std::string text = content.str();
  const size_t begin = text.find('[', text.find("\"photos\""));
  text = text.substr(begin, text.find(']', begin) - begin);
  std::vector<std::string> photos;
  for (size_t open = text.find('"'); open != std::string::npos; open = text.find('"', open)) {
    const size_t close = text.find('"', open + 1);
    photos.push_back(text.substr(open + 1, close - open - 1));
    open = close + 1;
  }
  return photos;
}

TEST_CASE("golden: real networks give PyTorch's logits, and its answers on photographs") {
  GRAFT_REQUIRE_TEST_DATA(data);
  int compared = 0;
  for (const Golden& golden : networks) {
    CAPTURE(golden.arch);
    const auto weights = weights_of(golden, data);
    if (!weights) {
      MESSAGE("skipped: ", std::string(golden.arch), " has no weights here; tools/setup fetches them");
      continue;
    }
    const Model model = load(*weights);
    CHECK(model.arch() == golden.arch);
    const TensorFile expected = read_tensor_file(data / "golden" / (std::string(golden.arch) + ".npz"));
    auto devices = kernel_devices();
    devices.push_back(open_device("cpu", {.threads = 2}));
    for (const char* name : {"noise", "odd"}) {
      const NamedTensor& input = expected.at(name);
      const Shape& s = input.shape;
      const std::vector<float> pixels = to_nhwc(to_float32(input), s);
      for (const auto& device : devices) {
        const std::vector<float> logits = logits_of(model, *device, pixels, {s[0], s[2], s[3], s[1]});
        const double error = relative_error(logits, to_float32(expected.at(std::string(name) + "_logits")));
        MESSAGE(std::string(golden.arch), " ", std::string(name), " on ", device->properties().name,
                ": largest difference relative to the largest logit ", error);
        CHECK(error <= 1e-4);
        ++compared;
      }
    }

    const std::vector<std::string> photos = photos_of(data / "golden" / (std::string(golden.arch) + ".json"));
    const std::vector<float> rows = to_float32(expected.at("photo_logits"));
    REQUIRE(photos.size() == 16);
    const Preprocessing preprocessing = preprocessing_of(model.data());
    std::vector<float> pixels(size_t{224} * 224 * 3);
    for (size_t i = 0; i < photos.size(); ++i) {
      CAPTURE(photos[i]);
      preprocess(decode_file(data / "images" / photos[i]), preprocessing, pixels.data());
      const std::vector<float> logits = logits_of(model, *devices.back(), pixels, {1, 224, 224, 3});
      const std::span<const float> reference(rows.data() + i * 1000, 1000);
      const int64_t ours = best(logits), theirs = best(reference);
      // Decoders differ in the last bit of some pixels: only a near-tie may fall the other way.
      if (ours != theirs) {
        MESSAGE(std::string(golden.arch), " ", photos[i], ": ", ours, " instead of ", theirs);
        CHECK(reference[theirs] - reference[ours] < 0.02f * std::abs(reference[theirs]));
      }
      ++compared;
    }
  }
  CHECK(compared >= 40);
}

// Each photograph's logits beside those in float32: the same answer, but for near-ties, from other bits.
void check_answers(Math math, double least, double most_allowed) {
  GRAFT_REQUIRE_TEST_DATA(data);
  const auto cpu = open_device("cpu", {.threads = 2});
  for (const Golden& golden : networks) {
    const auto weights = weights_of(golden, data);
    if (!weights) continue;
    const Model model = load(*weights);
    std::vector<std::string> photos = photos_of(data / "golden" / (std::string(golden.arch) + ".json"));
    REQUIRE(photos.size() == 16);
    if (!full_suite()) photos.resize(3);
    for (const auto& device : kernel_devices()) {
      double most = 0;
      for (const std::string& photo : photos) {
        CAPTURE(photo);
        std::vector<float> pixels(size_t{224} * 224 * 3);
        preprocess(decode_file(data / "images" / photo), preprocessing_of(model.data()), pixels.data());
        const auto exact = logits_of(model, *cpu, pixels, {1, 224, 224, 3});
        const auto found = logits_of(model, *device, pixels, {1, 224, 224, 3}, math);
        const double error = relative_error(found, exact);
        CHECK(error > least);
        CHECK(error < most_allowed);
        CHECK((best(found) == best(exact) ||
               exact[best(exact)] - exact[best(found)] < most_allowed * std::abs(exact[best(exact)])));
        most = std::max(most, error);
      }
      MESSAGE(std::string(golden.arch), " in ", std::string(name_of(math)), " on ",
              device->properties().name, ": ", photos.size(),
              " photographs, largest difference relative to the largest logit ", most);
    }
  }
}

TEST_CASE("golden: real networks give the same answers in TF32") { check_answers(Math::tf32, 1e-6, 0.02); }
TEST_CASE("golden: real networks give the same answers in bfloat16") {
  check_answers(Math::bf16, 1e-4, 0.08);
}

}  // namespace
}  // namespace graft::test
