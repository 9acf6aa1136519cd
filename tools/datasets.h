#pragma once

#include "tools/commands.h"
#include "transfer/data/summary.h"

namespace graft {

struct Sides {
  ImageFolder train, held_out;
};

// What to train on and what to measure on: --val, the data's own split, or a share of each class, chosen by
// seed.
Sides open_sides(const std::string& data, const std::string& val, std::optional<double> val_split,
                 uint64_t seed);

// Classes and counts, what was left out, images on both sides, imbalance. Lines of text.
std::string describe(const DatasetSummary& summary, bool balanced);

// Data to measure a model on: classes are matched by name; for ImageNet's by index or WordNet id as well.
ImageFolder open_held_out(const std::string& data, const Model& model);

}  // namespace graft
