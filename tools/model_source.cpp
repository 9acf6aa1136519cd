#include "tools/model_source.h"

#include <fstream>

#include "engine/check.h"
#include "tools/imagenet.h"
#include "transfer/image/preprocess.h"
#include "transfer/model/graph_import.h"
#include "transfer/model/head.h"
#include "transfer/model/model_file.h"
#include "transfer/model/recognise.h"
#include "transfer/weights/utf8.h"

namespace graft {
namespace {

LoadedModel fresh_model(const ModelSource& source, int64_t classes) {
  GRAFT_CHECK(classes > 0, call, "--weights none: this command needs a network with weights");
  GRAFT_CHECK(!source.arch.empty(), call, "--weights none needs --arch A, the network to begin with");
  ModelData data = describe(find_architecture(source.arch), classes);
  initialise_from_scratch(data, 0);
  const bool assumed = source.preprocess.empty();
  if (!assumed) data.preprocessing = source.preprocess;
  return {Model(std::make_unique<ModelData>(std::move(data))), assumed, {}};
}

LoadedModel own_model(const TensorFile& file, const ModelSource& source) {
  ModelData data = read_model(file);
  GRAFT_CHECK(source.arch.empty() || source.arch == data.arch, call, "--arch ", source.arch, ": ",
              file.name(), " holds ", data.arch, "; leave --arch away");
  GRAFT_CHECK(source.allow_missing.empty(), call, "--allow-missing: ", file.name(),
              " is a graft model, which lacks nothing");
  if (!source.preprocess.empty()) data.preprocessing = source.preprocess;
  return {Model(std::make_unique<ModelData>(std::move(data))), false, {}};
}

}  // namespace

LoadedModel load_to_inspect(const ModelSource& source, const std::optional<std::string>& train,
                            std::optional<int> image_size) {
  LoadedModel loaded = load_model(source, static_cast<int64_t>(imagenet_names().size()));
  if (image_size) loaded.model.data().image_size = *image_size;
  if (train) loaded.model.freeze_all_but(*train);
  return loaded;
}

std::string file_text(const ModelSource& source) {
  const std::string& name = source.model.empty() ? source.weights : source.model;
  if (name.empty() || name == "none") return {};
  const SourceFile file = read_source(std::filesystem::path(name), {source.graph, source.outputs});
  if (const auto* graph = std::get_if<FileGraph>(&file))
    return text(name, ": ", graph->format, ", a network of ", graph->graph.size() - 1, " layers with ",
                graph->weights.size(), " tensors\n");
  const TensorFile& tensors = std::get<TensorFile>(file);
  return text(name, ": ", is_model_file(tensors) ? "a graft model in " : "", tensors.format(), ", ",
              tensors.tensors().size(), " tensors\n");
}

bool has_imagenet_classes(const Model& model) {
  return !model.classes().empty() &&
         model.classes() == imagenet_classes(static_cast<int64_t>(model.classes().size()));
}

LoadedModel load_model(const ModelSource& source, int64_t classes_of_none) {
  GRAFT_CHECK(!source.model.empty() || !source.weights.empty(), call, "no network named: give --weights FILE",
              " (or --model M.graft where the command takes it)");
  if (!source.preprocess.empty()) parse_preprocessing(source.preprocess);  // wrong ones before any work
  if (!source.arch.empty()) find_architecture(source.arch);
  if (source.weights == "none") return fresh_model(source, classes_of_none);

  SourceFile file = read_source(std::filesystem::path(source.model.empty() ? source.weights : source.model),
                                {source.graph, source.outputs});
  const auto* tensors = std::get_if<TensorFile>(&file);
  if (tensors && is_model_file(*tensors)) return own_model(*tensors, source);
  GRAFT_CHECK(source.model.empty(), format, source.model,
              ": not a graft model; name published weights with --weights");
  ImportReport report;
  ModelData data = import_source(std::move(file),
                                 {.arch = source.arch,
                                  .classes = {},
                                  .preprocess = source.preprocess,
                                  .allow_missing = source.allow_missing},
                                 &report);
  if (data.classes.empty() && !data.head.empty()) data.classes = imagenet_classes(data.output_count());
  const bool assumed = report.preprocessing_assumed;
  return {Model(std::make_unique<ModelData>(std::move(data))), assumed, std::move(report)};
}

void read_labels(const std::string& file, Model& model) {
  std::ifstream in(file);
  GRAFT_CHECK(in, file, "--labels ", file, ": cannot be opened");
  std::vector<std::string> names;
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with('\r')) line.pop_back();
    GRAFT_CHECK(is_utf8(line), format, "--labels ", file, ": line ", names.size() + 1, " is not UTF-8 text");
    names.push_back(line);
  }
  while (!names.empty() && names.back().empty()) names.pop_back();
  const int64_t outputs = model.data().output_count();
  GRAFT_CHECK(static_cast<int64_t>(names.size()) == outputs, format, "--labels ", file, ": has ",
              names.size(), " names, one a line; the network tells ", outputs, " classes apart");
  model.data().classes = std::move(names);
}

}  // namespace graft
