#include <doctest/doctest.h>

#include <cmath>

#include "graphs/graph_run.h"
#include "support/test_data.h"

// One network that its authors published in several formats.
namespace graft::test {
namespace {

struct Found {
  std::vector<float> scores,
      boxes;  // 2 probabilities and 4 numbers an anchor, scale after scale, pixel after pixel
};

// Outputs of one kind each come in the order of scales.
Found found_by(const FileGraph& file) {
  Found found;
  const auto results = run_graph(file, made_picture(file));
  for (size_t i = 0; i < results.size(); ++i) {
    std::vector<float>& to = i < results.size() / 2 ? found.scores : found.boxes;
    to.insert(to.end(), results[i].begin(), results[i].end());
  }
  if (found.scores.size() > found.boxes.size()) std::swap(found.scores, found.boxes);
  for (size_t i = 0; i + 1 < found.scores.size(); i += 2) {  // a softmax of two
    found.scores[i] = 1 / (1 + std::exp(found.scores[i + 1] - found.scores[i]));
    found.scores[i + 1] = 1 - found.scores[i];
  }
  return found;
}

TEST_CASE("graph files: UltraFace's ONNX, Caffe and TensorFlow Lite files give the same boxes and scores") {
  GRAFT_REQUIRE_TEST_DATA(data);
  const std::filesystem::path folder = data / "formats/ultraface";
  SourceOptions onnx, tflite;
  onnx.outputs = {"317", "363", "403", "435", "331", "377", "417", "447"};
  for (const char* kind : {"cls", "reg"})
    for (const char* part : {"0_sep_convbias", "1_sep_convbias", "2_sep_convbias", "3_convbias"})
      tflite.outputs.push_back(std::string("functional_1.") + kind + "_" + part);
  const Found expected = found_by(read_graph(folder / "version-RFB-320.onnx", onnx));
  constexpr size_t anchors = 4420;
  REQUIRE(expected.scores.size() == 2 * anchors);
  REQUIRE(expected.boxes.size() == 4 * anchors);
  for (const FileGraph& other :
       {read_graph(folder / "RFB-320.caffemodel"),
        read_graph(folder / "version-RFB-320_without_postprocessing.tflite", tflite)}) {
    CAPTURE(other.format);
    const Found found = found_by(other);
    REQUIRE(found.scores.size() == expected.scores.size());
    REQUIRE(found.boxes.size() == expected.boxes.size());
    CHECK(relative_difference(found.scores, expected.scores) <= 1e-4);
    CHECK(relative_difference(found.boxes, expected.boxes) <= 1e-4);
  }
}

}  // namespace
}  // namespace graft::test
