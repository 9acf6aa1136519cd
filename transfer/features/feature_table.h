#pragma once

#include <filesystem>
#include <functional>

#include "transfer/data/dataset.h"
#include "transfer/graft.h"
#include "transfer/model/model_data.h"

namespace graft {

// What crosses the cut between frozen and trained layers, of all images of a data set, for use elsewhere.
struct FeatureTable {
  struct Tensor {
    std::string layer;
    Shape shape;  // [images, ...], channels last
    std::vector<float> values;
  };
  std::vector<Tensor> tensors;
  std::vector<int32_t> labels;      // [images], into classes
  std::vector<std::string> images;  // names below the data set
  std::vector<std::string> classes;
  std::vector<std::string> broken;  // why images were left out
};

// `precision` is that of TrainOptions::prefix_precision. Error{call} where the model has nothing frozen in
// front; Error{cancelled} where progress says no.
FeatureTable feature_table(const ModelData& model, const Dataset& data, const DeviceChoice& device,
                           const std::string& precision,
                           const std::function<bool(const Progress&)>& progress);

// A .npz or .safetensors file, by its name: each tensor under its layer's name, "labels" (int32), and the
// lists "images" and "classes": arrays of text in .npz, JSON in the metadata of safetensors.
void write_features(const FeatureTable& table, const std::filesystem::path& path);
// Error{call} where the name ends in neither.
void check_features_path(std::string_view option, const std::filesystem::path& path);

}  // namespace graft
