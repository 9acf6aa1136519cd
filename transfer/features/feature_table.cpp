#include "transfer/features/feature_table.h"

#include <nlohmann/json.hpp>

#include "engine/check.h"
#include "transfer/features/feature_cache.h"
#include "transfer/features/feature_progress.h"
#include "transfer/features/memory_rows.h"
#include "transfer/training/execution.h"
#include "transfer/weights/npz_write.h"
#include "transfer/weights/safetensors.h"

namespace graft {

namespace {

std::string json_list(const std::vector<std::string>& list) {
  return nlohmann::json(list).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void take_rows(const FeatureCache& cache, FeatureTable& table) {
  std::vector<float*> to;
  for (FeatureTable::Tensor& tensor : table.tensors) {
    tensor.shape[0] = cache.size();
    tensor.values.resize(tensor.shape.count());
    to.push_back(tensor.values.data());
  }
  for (int64_t index = 0; index < cache.size(); ++index) {
    cache.read(0, cache.sample(index), to);
    for (size_t i = 0; i < to.size(); ++i) to[i] += cache.layout().shapes[i].count();
  }
}

}  // namespace

FeatureTable feature_table(const ModelData& model, const Dataset& data, const DeviceChoice& choice,
                           const std::string& precision,
                           const std::function<bool(const Progress&)>& progress) {
  const std::vector<NodeId> cut = cut_of(model.graph);
  GRAFT_CHECK(!cut.empty(), call,
              "no layer is frozen in front of what trains, so there are no features; say what "
              "trains by --train");
  const std::unique_ptr<Device> device = open_device(choice);
  const Preprocessing preprocessing = preprocessing_of(model);
  const FeatureLayout layout{
      .cut = cut, .shapes = shapes_at(model.graph, cut, {1, preprocessing.crop, preprocessing.crop, 3})};
  MemoryRows rows(layout.bytes(), static_cast<int64_t>(data.samples.size()));
  FeatureCache cache(layout, data, Views(Augment::none, 0, 0), rows);
  ExecutorOptions options = executor_options(choice, *device);
  if (!precision.empty())
    options = prefix_options(options, math_option("--prefix-precision", precision), *device);
  Session prefix(*device, model.graph, model.weights, options);
  LoaderOptions loading;
  loading.preprocessing = preprocessing;
  loading.threads = device->properties().threads;
  const double began = now();
  cache.fill(prefix, loading, [&](int64_t done) {
    return !progress || progress(feature_progress(done, cache.views_wanted(), began));
  });

  FeatureTable table;
  for (size_t i = 0; i < cut.size(); ++i)
    table.tensors.push_back({model.graph[cut[i]].name, layout.shapes[i], {}});
  take_rows(cache, table);
  for (int64_t index = 0; index < cache.size(); ++index) {
    table.labels.push_back(cache.label(index));
    table.images.push_back(data.samples[cache.sample(index)].name);
  }
  table.classes = data.classes;
  for (const BrokenImage& broken : cache.broken()) table.broken.push_back(broken.message);
  return table;
}

void check_features_path(std::string_view option, const std::filesystem::path& path) {
  GRAFT_CHECK(path.extension() == ".npz" || path.extension() == ".safetensors", call, option, " ",
              path.string(), ": must end in .npz or .safetensors");
}

void write_features(const FeatureTable& table, const std::filesystem::path& path) {
  check_features_path("features", path);
  std::vector<NamedTensor> tensors;
  for (const FeatureTable::Tensor& tensor : table.tensors)
    tensors.push_back({.name = tensor.layer,
                       .shape = tensor.shape,
                       .strides = {},
                       .data = reinterpret_cast<const std::byte*>(tensor.values.data())});
  tensors.push_back({.name = "labels",
                     .dtype = DType::int32,
                     .shape = {static_cast<int64_t>(table.labels.size())},
                     .strides = {},
                     .data = reinterpret_cast<const std::byte*>(table.labels.data())});
  if (path.extension() == ".npz")
    write_npz(path, tensors, {{"images", table.images}, {"classes", table.classes}});
  else
    write_safetensors(path, tensors,
                      {{"images", json_list(table.images)}, {"classes", json_list(table.classes)}});
}

}  // namespace graft
