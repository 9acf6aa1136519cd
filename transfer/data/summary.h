#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "transfer/data/dataset.h"

namespace graft {

struct DuplicateImage {
  std::string train, val;  // names of the samples
};

// What a program should say about its data before it trains on them.
struct DatasetSummary {
  struct ClassCount {
    std::string name;
    int64_t train = 0, val = 0;
  };
  std::vector<ClassCount> classes;
  int64_t train_images = 0, val_images = 0;
  FileNotes notes;                         // of both sides
  std::vector<DuplicateImage> duplicates;  // byte-identical files on both sides, sorted
  double imbalance = 1;                    // training images of the largest class to those of the smallest
  bool imbalanced = false;                 // above kImbalance
};

constexpr double kImbalance = 10;

// Every training file that equals a validation file byte for byte. Only files of equal size are read.
std::vector<DuplicateImage> find_duplicates(const Dataset& train, const Dataset& val);

DatasetSummary summarise(const Dataset& train, const Dataset& val);

}  // namespace graft
