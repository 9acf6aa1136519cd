#pragma once

#include <optional>

#include "tools/commands.h"
#include "transfer/model/import.h"

namespace graft {

struct LoadedModel {
  Model model;
  bool preprocessing_assumed = false;  // neither the file nor the call said
  ImportReport report;                 // of published weights
};

// Error{call} where neither or too much was named. Published weights with 1000 outputs and no names get the
// names of ImageNet. `classes`: for --weights none, how many outputs; 0 refuses it.
LoadedModel load_model(const ModelSource& source, int64_t classes_of_none = 0);

// For commands that look into a network, which need no trained weights: with `--weights none` as many classes
// as ImageNet; trainable where named, else as loaded.
LoadedModel load_to_inspect(const ModelSource& source, const std::optional<std::string>& train,
                            std::optional<int> image_size = {});

// What the named file is, told before a network is made of it: its format, and what it holds. Empty for
// `--weights none`.
std::string file_text(const ModelSource& source);

// With or without "background" in front.
bool has_imagenet_classes(const Model& model);

// One name a line; Error{format} where there are not as many as the model has outputs.
void read_labels(const std::string& file, Model& model);

}  // namespace graft
