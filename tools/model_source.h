#pragma once

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

bool has_imagenet_classes(const Model& model);

// One name a line; Error{format} where there are not as many as the model has outputs.
void read_labels(const std::string& file, Model& model);

}  // namespace graft
