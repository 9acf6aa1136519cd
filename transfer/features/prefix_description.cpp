#include "transfer/features/prefix_description.h"

#include "engine/check.h"
#include "transfer/features/digest.h"
#include "transfer/image/stb_decode.h"

namespace graft {

namespace {

// To be counted up where decoding, resizing or normalising comes to give other floats.
constexpr int pixels_version = 1;
// To be counted up where steps of the same text come to give other numbers: by weights that are rounded
// otherwise, say.
constexpr int steps_version = 2;

Digest weights_digest(const ModelData& model) {
  const std::vector<bool> prefix = frozen_prefix(model.graph);
  Digester digester;
  for (NodeId id = 1; id < model.graph.size(); ++id) {
    if (!prefix[id]) continue;
    for (const ParameterSpec& spec : model.graph[id].layer->parameters()) {
      const std::string name = parameter_name(model.graph[id], spec);
      const HostTensor& tensor = model.weights.at(name);
      digester.add(text(name, ' ', tensor.count(), '\n'));
      digester.add(std::as_bytes(std::span(tensor.data, tensor.count())));
    }
  }
  return digester.digest();
}

std::string device_text(const Device& device) {
  const std::string hardware = device.hardware();
  return hardware.empty() ? device.properties().name : hardware;
}

}  // namespace

std::string prefix_description(Session& session, const ModelData& model, const FeatureLayout& layout,
                               int64_t batch) {
  const Preprocessing preprocessing = preprocessing_of(model);
  const Shape images{batch, preprocessing.crop, preprocessing.crop, model.graph.input_channels()};
  std::string description = text("pixels ", pixels_version, " of ", decoder_name(), ", ",
                                 to_string(preprocessing), "\ndevice ", device_text(session.device()),
                                 "\nweights ", hex(weights_digest(model)), "\nsteps ", steps_version, '\n');
  for (size_t i = 0; i < layout.cut.size(); ++i)
    description += text("cut ", model.graph[layout.cut[i]].name, ' ', layout.shapes[i], ' ',
                        name_of(layout.dtype), '\n');
  const Executor& executor = session.executor(session.request({model.graph.input()}, {images}, layout.cut));
  for (const auto& step : executor.plan().steps())
    description +=
        text(step->layer(), ' ', step->op(), ' ', step->problem_text(), ' ', step->implementation(), '\n');
  return description;
}

}  // namespace graft
