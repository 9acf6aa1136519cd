#pragma once

#include <functional>
#include <string>
#include <vector>

#include "transfer/graft.h"

namespace graft {

// How well a network does that was trained at a freeze point on a share of the images, and in what time: one
// run for each seed, which decides the share, the new head and the order of the images.
struct AccuracyCost {
  std::string point;
  double fraction = 1;
  int64_t train_images = 0;
  bool rate_chosen = false;  // of three, on a part of the training images; else the point's default
  double learning_rate = 0;
  // By seed: of the held-out images, by the last epoch's weights, which those images had no part in choosing;
  // and of the whole training, features included.
  std::vector<double> top1, seconds;
  // Features that a cache of an earlier run had: their time is missing in `seconds`.
  int64_t features_found = 0;
  bool on_frontier = false;  // none is at least as accurate in less time, or more accurate in the same
};

struct AccuracyOptions {
  std::vector<std::string> points;
  std::vector<double> fractions;
  int seeds = 1;
  TrainOptions training;  // what all runs share
};

// Trains at every point on every fraction, at the default rate and at the best of a third of it, itself and
// three times it. Heads are new ones for the classes of `train`. `told` gets a line about each run that is
// over. Error{call} where a fraction is not above 0 and at most 1, or leaves too few images to choose a rate
// on.
std::vector<AccuracyCost> accuracy_costs(const Model& model, const ImageFolder& train,
                                         const ImageFolder& held_out, const AccuracyOptions& options,
                                         const std::function<void(const std::string&)>& told);

// Sets on_frontier by mean accuracy and mean seconds.
void mark_frontier(std::vector<AccuracyCost>& costs);

}  // namespace graft
