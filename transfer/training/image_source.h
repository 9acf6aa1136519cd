#pragma once

#include "transfer/data/loader.h"
#include "transfer/training/batch_source.h"

namespace graft {

// Batches of images for the network's input.
class ImageSource final : public BatchSource {
 public:
  ImageSource(const Dataset& data, const LoaderOptions& options);

  const std::vector<NodeId>& from() const override { return from_; }
  std::vector<Shape> shapes(int64_t count) const override { return {{count, crop_, crop_, 3}}; }
  int64_t size() const override { return loader_.size(); }
  int64_t batches() const override { return loader_.batches_per_epoch(); }
  void seek(int epoch, int64_t batch) override;
  bool next(Batch& batch) override;

  const std::vector<BrokenImage>& broken() const { return loader_.broken(); }

 private:
  std::vector<NodeId> from_{0};
  int64_t crop_;
  Loader loader_;
};

}  // namespace graft
