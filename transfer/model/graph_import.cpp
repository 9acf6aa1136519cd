#include "transfer/model/graph_import.h"

#include <algorithm>
#include <filesystem>

#include "engine/check.h"
#include "layers/flatten.h"

namespace graft {

namespace {

void check_options(const FileGraph& file, const ImportOptions& options) {
  GRAFT_CHECK(options.arch.empty(), call, "--arch ", options.arch, ": ", file.file,
              " describes its network (", file.format, "); leave --arch away");
  GRAFT_CHECK(options.allow_missing.empty(), call, "--allow-missing: ", file.file, " describes its network (",
              file.format, ") and lacks nothing");
}

void take_classes(ModelData& model, const FileGraph& file, const std::vector<std::string>& given) {
  model.classes = given.empty() ? file.classes : given;
  if (model.classes.empty()) return;
  GRAFT_CHECK(!model.head.empty(), call, file.file, ": class names are given, but it is no classifier");
  GRAFT_CHECK(static_cast<int64_t>(model.classes.size()) == model.output_count(), call, file.file, " tells ",
              model.output_count(), " classes apart; there are ", model.classes.size(), " names");
}

// Logits are rows: networks that end in global pooling, as darknet's and Caffe's do, leave maps of one pixel.
void flatten_logits(FileGraph& file) {
  if (head_of(file).empty()) return;
  const Shape logits = file.graph.shapes({1, file.height, file.width, file.graph.input_channels()}).back();
  if (logits.rank() != 4 || logits.h() != 1 || logits.w() != 1) return;
  const std::string before = file.graph[file.graph.output()].name;
  file.graph.add(before + ".flatten", std::make_shared<Flatten>(), {file.graph.output()});
  file.outputs = {before + ".flatten"};
}

std::vector<FreezePoint> points_of(const ModelData& model) {
  std::vector<FreezePoint> points;
  for (std::vector<std::string>& layers : freeze_points_of(model.graph, model.head))
    points.push_back({std::move(layers)});
  return points;
}

}  // namespace

ModelData import_graph(FileGraph file, const ImportOptions& options, ImportReport* report) {
  check_options(file, options);
  flatten_logits(file);
  ImportReport unused;
  ImportReport& rows = report ? *report : unused;
  const std::string name = file.name.empty() ? std::filesystem::path(file.file).stem().string() : file.name;
  ModelData model{.arch = name,
                  .graph = file.graph,
                  .weights = std::move(file.weights),
                  .head = head_of(file),
                  .freeze_points = {},
                  .classes = {},
                  .preprocessing = options.preprocess,
                  .image_size = static_cast<int>(std::min(file.height, file.width))};
  if (model.preprocessing.empty()) model.preprocessing = file.preprocessing;
  rows.preprocessing_assumed = model.preprocessing.empty();
  if (model.preprocessing.empty()) model.preprocessing = file.usual_preprocessing;
  parse_preprocessing(model.preprocessing);
  model.freeze_points = points_of(model);
  take_classes(model, file, options.classes);

  rows.arch = model.arch;
  rows.notes = std::move(file.notes);
  if (file.height != file.width)
    rows.notes.push_back(text("its input is ", file.height, "x", file.width, "; graft reads squares, so ",
                              model.image_size, "x", model.image_size));
  if (model.head.empty())
    rows.notes.push_back(
        "it does not end in one dense layer or 1x1 convolution, so it has no head to exchange");
  for (const auto& [tensor, values] : model.weights)
    rows.rows.push_back({ImportReport::Row::Fate::matched, tensor, text(values.shape)});
  return model;
}

ModelData import_source(SourceFile file, const ImportOptions& options, ImportReport* report) {
  if (auto* graph = std::get_if<FileGraph>(&file)) return import_graph(std::move(*graph), options, report);
  return import_weights(std::get<TensorFile>(file), options, report);
}

}  // namespace graft
