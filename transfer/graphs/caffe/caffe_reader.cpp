#include "transfer/graphs/caffe/caffe_reader.h"

#include <algorithm>
#include <charconv>

#include "transfer/graphs/caffe/caffemodel.h"
#include "transfer/graphs/caffe/rules.h"
#include "transfer/graphs/pair.h"

namespace graft {

namespace {

std::span<const HostTensor> blobs_of(const CaffeBlobs& blobs, const caffe::LayerParameter* layer) {
  if (!layer) return {};
  const auto found = blobs.find(layer->name());
  return found == blobs.end() ? std::span<const HostTensor>() : found->second;
}

std::vector<CaffeBlob> write_step(const CaffeStep& step, const CaffeBlobs& blobs,
                                  const std::vector<CaffeBlob>& values, GraphWriter& net) {
  const caffe::LayerParameter& layer = *step.layer;
  const std::string who =
      text(net.file(), ": layer '", printable(layer.name()), "' (", printable(layer.type()), "): ");
  const CaffeRule rule = find_caffe_rule(layer.type());
  GRAFT_CHECK(rule, format, who, "graft has no layer for it; --outputs NAME may end the network before it");
  GRAFT_CHECK(!step.bottoms.empty() && !step.tops.empty(), format, who, "has no input or no output");
  CaffeCall call{.layer = layer,
                 .scale = step.scale,
                 .net = net,
                 .bottoms = {},
                 .blobs = blobs_of(blobs, &layer),
                 .scale_blobs = blobs_of(blobs, step.scale),
                 .tops = step.tops.size()};
  for (int bottom : step.bottoms) call.bottoms.push_back(values[bottom]);
  try {
    std::vector<CaffeBlob> tops = rule(call);
    GRAFT_CHECK(tops.size() == step.tops.size(), format, "it has ", step.tops.size(), " outputs instead of ",
                tops.size());
    return tops;
  } catch (const Error& error) {
    if (std::string_view(error.what()).starts_with(net.file())) throw;
    fail(error.code(), who, error.what(), "; --outputs NAME may end the network before it");
  }
}

// In as few digits as give the same number back.
std::string exact_text(float value) {
  char digits[32];
  return {digits, std::to_chars(digits, digits + sizeof digits, value).ptr};
}

// Caffe subtracts the mean before it scales.
void take_preprocessing(const CaffeNetwork& network, FileGraph& out) {
  out.usual_preprocessing = "caffe";
  if (!network.transform) return;
  const caffe::TransformationParameter& t = *network.transform;
  const auto means = t.mean_value();
  if (t.has_mean_file())
    out.notes.push_back(
        text("its mean image ", printable(t.mean_file()), " is not read; a usual mean is assumed"));
  const bool known = means.size() == 0 || means.size() == 1 || means.size() == 3;
  if (!known || t.has_mean_file() || !(t.scale() > 0 && t.scale() <= 1)) return;
  std::string mean;
  for (float value : means) mean += (mean.empty() ? "" : ",") + exact_text(value);
  if (mean.empty()) mean = "0";
  out.preprocessing = text(mean, "/", exact_text(1 / t.scale()), "/bgr");
}

}  // namespace

bool recognises_caffe(const FileBytes& file) {
  return looks_like_caffemodel(file.bytes) || looks_like_prototxt(file.bytes);
}

SourceFile read_caffe(const FileBytes& file, const SourceOptions& options) {
  const bool has_weights = looks_like_caffemodel(file.bytes);
  const FileBytes other = other_file(file, options.graph, has_weights ? ".prototxt" : ".caffemodel");
  const CaffeNetwork network = read_prototxt(has_weights ? other : file);
  const CaffeBlobs blobs = read_caffemodel(has_weights ? file : other);
  CaffeFlow flow = flow_of(network, options.outputs);

  const Shape& s = network.input_shape;
  GraphWriter net(network.file, "Caffe", {1, s[2], s[3], s[1]});
  std::vector<CaffeBlob> values(flow.versions);
  for (const CaffeStep& step : flow.steps) {
    const std::vector<CaffeBlob> tops = write_step(step, blobs, values, net);
    for (size_t i = 0; i < tops.size(); ++i) values[step.tops[i]] = tops[i];
  }
  std::vector<NodeId> outputs;
  for (int version : flow.outputs) {
    const CaffeBlob& blob = values[version];
    if (std::find(outputs.begin(), outputs.end(), blob.node) != outputs.end()) continue;
    outputs.push_back(blob.node);
    if (blob.flattened.rank() > 0)
      net.note(text("output '", net.graph()[blob.node].name, "' is in the order H,W,C, in Caffe C,H,W"));
  }
  for (std::string& note : flow.notes) net.note(std::move(note));
  for (const std::string& note : network.notes) net.note(note);
  net.description().name = network.name;
  take_preprocessing(network, net.description());
  return std::move(net).finish(outputs);
}

}  // namespace graft
