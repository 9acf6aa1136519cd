#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/graph.h"

namespace graft {

// Batches of what the trained part of a network reads: images, or cached features.
class BatchSource {
 public:
  struct Batch {
    std::vector<const float*> inputs;  // by node of from(); [count, ...], valid until the next call
    std::vector<int32_t> labels;
    std::vector<int64_t> samples;  // which of the data set's
    int64_t count() const { return static_cast<int64_t>(labels.size()); }
  };

  virtual ~BatchSource() = default;
  virtual const std::vector<NodeId>& from() const = 0;
  // Of the inputs for `count` samples.
  virtual std::vector<Shape> shapes(int64_t count) const = 0;
  virtual int64_t size() const = 0;
  virtual int64_t batches() const = 0;  // in an epoch
  // Goes to a batch of an epoch. The order of an epoch is a function of the seed and the epoch only.
  virtual void seek(int epoch, int64_t batch) = 0;
  // False at the end of the epoch.
  virtual bool next(Batch& batch) = 0;
};

}  // namespace graft
