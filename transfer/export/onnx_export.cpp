#include "engine/check.h"
#include "transfer/export/export.h"
#include "transfer/export/onnx_writer.h"
#include "transfer/graphs/onnx/metadata.h"
#include "transfer/weights/bytes.h"

namespace graft {

namespace {

// Pixels of 0 to 255, red first, to what the network reads: preprocess.h's arithmetic.
std::string normalised(OnnxWriter& out, const Preprocessing& preprocessing, const std::string& pixels) {
  std::string x = pixels;
  if (preprocessing.bgr) {
    const std::string order = out.whole_numbers("preprocessing.order", {2, 1, 0});
    out.add("Gather", {x, order}, "preprocessing.bgr").integer("axis", 1);
    x = "preprocessing.bgr";
  }
  const auto colours = [&](const char* name, const std::array<float, 3>& values) {
    return out.constant(name, {1, 3, 1, 1}, values.data());
  };
  out.add("Sub", {x, colours("preprocessing.mean", preprocessing.mean)}, "preprocessing.centred");
  out.add("Div", {"preprocessing.centred", colours("preprocessing.std", preprocessing.std)}, "preprocessing");
  return "preprocessing";
}

std::string classes_text(const std::vector<std::string>& classes) {
  std::string text;
  for (const std::string& name : classes) text += printable(name) + "\n";
  return text;
}

void add_properties(OnnxWriter& out, Preprocessing preprocessing, bool included) {
  const ModelData& model = out.model();
  if (included) preprocessing.mean = {0, 0, 0}, preprocessing.std = {1, 1, 1}, preprocessing.bgr = false;
  out.property(onnx_name_key, model.arch);
  out.property(onnx_preprocessing_key, to_string(preprocessing));
  if (!model.classes.empty()) out.property(onnx_classes_key, classes_text(model.classes));
}

}  // namespace

std::vector<std::byte> onnx_bytes(const ModelData& model, const OnnxExportOptions& options) {
  OnnxWriter out(model);
  const Preprocessing preprocessing = preprocessing_of(model);
  if (options.preprocessing) {
    GRAFT_CHECK(model.graph.input_channels() == 3, call, model.arch, " reads no pictures of three colours");
    out.set_tensor(0, normalised(out, preprocessing, out.tensor(0)));
  }
  for (NodeId id = 1; id < model.graph.size(); ++id) write_onnx_layer(out, id);
  std::string logits = out.tensor(model.graph.output());
  if (model.graph.find("logits") < 0) {
    out.add("Identity", {logits}, "logits");
    logits = "logits";
  }
  add_properties(out, preprocessing, options.preprocessing);
  return out.finish(logits);
}

}  // namespace graft
