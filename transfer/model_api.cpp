#include <algorithm>

#include "engine/check.h"
#include "transfer/graft.h"
#include "transfer/model/freeze.h"
#include "transfer/model/head.h"
#include "transfer/model/graph_import.h"
#include "transfer/model/model_file.h"

namespace graft {

namespace {

Model model_from(SourceFile source, const LoadOptions& options) {
  const auto* tensors = std::get_if<TensorFile>(&source);
  if (!tensors || !is_model_file(*tensors))
    return Model(std::make_unique<ModelData>(
        import_source(std::move(source),
                      {options.arch, options.classes, options.preprocess, options.allow_missing})));
  const TensorFile& file = *tensors;
  auto data = std::make_unique<ModelData>(read_model(file));
  GRAFT_CHECK(options.arch.empty() || options.arch == data->arch, call, file.name(), " is a ", data->arch,
              ", not a ", options.arch);
  if (!options.preprocess.empty()) data->preprocessing = options.preprocess;
  if (!options.classes.empty()) {
    GRAFT_CHECK(static_cast<int64_t>(options.classes.size()) == data->output_count(), call, file.name(),
                " tells ", data->output_count(), " classes apart; ", options.classes.size(),
                " names were given");
    data->classes = options.classes;
  }
  return Model(std::move(data));
}

}  // namespace

Model load(const std::filesystem::path& file, const LoadOptions& options) {
  return model_from(read_source(file, {options.graph, options.outputs}), options);
}

Model load(std::span<const std::byte> file, const LoadOptions& options) {
  // The caller's bytes may go away; the tensors point into a copy.
  auto owned = std::make_shared<const std::vector<std::byte>>(file.begin(), file.end());
  return model_from(read_source(FileBytes{"model in memory", *owned, owned}, {options.graph, options.outputs}),
                    options);
}

Model::Model(std::unique_ptr<ModelData> data) : data_(std::move(data)) {
  GRAFT_CHECK(data_ != nullptr, call, "a model needs its data");
}
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;
Model::~Model() = default;

Model Model::clone() const { return Model(std::make_unique<ModelData>(*data_)); }

const std::string& Model::arch() const { return data_->arch; }
const std::vector<std::string>& Model::classes() const { return data_->classes; }
int Model::image_size() const { return data_->image_size; }
const std::string& Model::preprocessing() const { return data_->preprocessing; }

std::vector<std::string> Model::freeze_points() const {
  std::vector<std::string> names;
  for (const FreezePoint& point : data_->freeze_points) names.push_back(point.name());
  return names;
}

std::vector<LayerInfo> Model::layers() const {
  const Graph& graph = data_->graph;
  const std::vector<Shape> shapes = graph.shapes({1, image_size(), image_size(), graph.input_channels()});
  std::vector<LayerInfo> layers;
  for (NodeId id = 1; id < graph.size(); ++id) {
    const Node& node = graph[id];
    LayerInfo info;
    info.name = node.name;
    info.type = node.layer->type();
    info.output_shape.assign(shapes[id].begin(), shapes[id].end());
    std::vector<Shape> inputs;
    for (NodeId input : node.inputs) inputs.push_back(shapes[input]);
    info.macs = node.layer->macs(inputs);
    for (const ParameterSpec& spec : node.layer->parameters())
      if (!is_statistic(spec.role)) info.parameters += spec.shape.count();
    info.trainable = node.trainable && info.parameters > 0;
    layers.push_back(std::move(info));
  }
  return layers;
}

int64_t Model::parameter_count() const { return total_parameters(*data_); }

void Model::swap_head(const std::vector<std::string>& classes, uint64_t seed) {
  ModelData changed = *data_;
  graft::swap_head(changed, classes, seed);
  *data_ = std::move(changed);
}

void Model::freeze_all_but(std::string_view what) {
  ModelData changed = *data_;
  graft::freeze_all_but(changed, what);
  *data_ = std::move(changed);
}

ModelLayer Model::layer(std::string_view name) {
  const NodeId node = data_->graph.find(name);
  GRAFT_CHECK(node > 0, call, "the model has no layer '", name, "'");
  return ModelLayer(*this, node);
}

void Model::save(const std::filesystem::path& path) const { write_model(*data_, path); }
std::vector<std::byte> Model::to_bytes() const { return model_bytes(*data_); }

void ModelLayer::set_trainable(bool trainable) { model_.data().graph.set_trainable(node_, trainable); }
bool ModelLayer::trainable() const { return model_.data().graph[node_].trainable; }

}  // namespace graft
