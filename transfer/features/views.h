#pragma once

#include <string>

#include "transfer/data/loader.h"

namespace graft {

// The augmented views of an image that a cache keeps, and which of them an epoch uses.
class Views {
 public:
  // none: the image; flip: it and its mirror image; standard: the augmentations of the first `kept` epochs,
  // which take turns from then on.
  Views(Augment augment, int kept, uint64_t seed);

  int count() const { return count_; }
  // For none and flip the very view that a loader would make in that epoch.
  int at(int64_t epoch, int64_t sample) const;

  // What a view is made by beside the image and the preprocessing.
  std::string name(int view, int64_t sample) const;
  // A loader's settings for the epoch that makes it of all images.
  Augment augment(int view) const;
  int64_t epoch(int view) const { return augment_ == Augment::standard ? view : 0; }

 private:
  Augment augment_;
  int count_;
  uint64_t seed_;
};

}  // namespace graft
