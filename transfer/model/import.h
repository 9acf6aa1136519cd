#pragma once

#include <string>
#include <vector>

#include "transfer/model/model_data.h"
#include "transfer/weights/tensor_file.h"

namespace graft {

struct ImportOptions {
  std::string arch;                        // empty: recognised from names and shapes
  std::vector<std::string> classes;        // empty: unknown
  std::string preprocess;                  // empty: the architecture's
  std::vector<std::string> allow_missing;  // shell globs of tensors that may be absent; they start at zero
};

// What became of each tensor.
struct ImportReport {
  struct Row {
    enum class Fate { matched, transposed, missing, auxiliary, unexpected } fate;
    std::string name;
    std::string note;  // shapes, or why
  };
  std::vector<Row> rows;
  std::vector<std::string> notes;  // what else a user should know
  std::string arch;
  bool preprocessing_assumed = false;

  int count(Row::Fate fate) const;
};

std::string_view name_of(ImportReport::Row::Fate fate);

// Weights of a published architecture. Keeps the file's mapping where a tensor can be used as it lies.
// Error{format}: a missing tensor that is not allowed to be, a wrong shape, an architecture that nobody
// recognises.
ModelData import_weights(const TensorFile& file, const ImportOptions& options,
                         ImportReport* report = nullptr);

}  // namespace graft
