#pragma once

#include "transfer/training/batch_source.h"
#include "transfer/training/logistic_loss.h"

namespace graft {

// One epoch of a source's features in memory, in the order of the data set.
class CachedRows {
 public:
  explicit CachedRows(BatchSource& source);
  CachedRows(const CachedRows&) = delete;

  const LabelledRows& rows() const { return rows_; }

 private:
  std::vector<float> values_;    // [rows, features], in the order of the batches
  std::vector<int64_t> places_;  // by row, where in values_
  LabelledRows rows_;
};

}  // namespace graft
