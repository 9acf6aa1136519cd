#pragma once

#include "transfer/features/cut.h"
#include "transfer/training/image_source.h"
#include "transfer/training/session.h"

namespace graft {

// Batches of images that have been through the frozen prefix, computed anew each time.
class PrefixSource final : public BatchSource {
 public:
  // Both must outlive it. Several sources may share a session, one epoch after the other.
  PrefixSource(ImageSource& images, Session& prefix, FeatureLayout layout)
      : images_(images), prefix_(prefix), layout_(std::move(layout)) {}

  const std::vector<NodeId>& from() const override { return layout_.cut; }
  std::vector<Shape> shapes(int64_t count) const override { return layout_.shapes_of(count); }
  int64_t size() const override { return images_.size(); }
  int64_t batches() const override { return images_.batches(); }
  void seek(int epoch, int64_t batch) override;
  bool next(Batch& batch) override;

 private:
  bool stage();

  ImageSource& images_;
  Session& prefix_;
  FeatureLayout layout_;
  bool begun_ = false;   // an epoch
  bool staged_ = false;  // a batch of it
  Batch following_;      // that one
  std::vector<std::vector<float>> features_;
};

}  // namespace graft
