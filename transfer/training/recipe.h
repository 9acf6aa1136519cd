#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "layers/lowering/lower.h"
#include "transfer/graft.h"
#include "transfer/image/augment.h"
#include "transfer/model/model_data.h"
#include "transfer/training/schedule.h"

namespace graft {

enum class CacheMode : uint8_t { automatic, memory, disk, off };

// How a stage finds its weights: epochs of optimizer steps, or, for a head alone, the minimum itself.
enum class Solver : uint8_t { epochs, lbfgs };

// How one stage trains, every default filled in.
struct Recipe {
  Solver solver = Solver::epochs;
  bool choose_decay = false;  // of lbfgs: by cross-validation, in place of weight_decay
  int epochs = 0;
  int batch = 0;
  uint64_t seed = 0;
  UpdateSettings::Rule rule = UpdateSettings::Rule::sgd;
  double momentum = 0.9;
  double learning_rate = 0;
  double weight_decay = 0;
  std::vector<std::pair<std::string, double>> rate_scales;
  Schedule schedule;
  double clip = 0;
  double average_decay = 0;  // 0: no moving average
  double label_smoothing = 0;
  bool balanced_classes = false;
  BatchNormMode batch_norm = BatchNormMode::frozen;
  int patience = 0;
  Augment augment = Augment::none;
  CacheMode cache = CacheMode::automatic;
  std::optional<uint64_t> cache_limit;  // bytes
  int cache_views = 0;                  // of augmented images; 0: they are not cached
  DType cache_dtype = DType::float32;
  Math math = Math::fp32;         // of what trains
  Math prefix_math = Math::fp32;  // of the frozen layers in front of it

  // The multiplier of the learning rate for a layer: the last glob that matches it.
  double rate_scale(const std::string& layer) const;
};

// Whether nothing but the head trains.
bool trains_head_only(const ModelData& model);

// The main stage's recipe, and that of the head alone before it. Error{call} naming the option that is out of
// range.
Recipe main_recipe(const ModelData& model, const TrainOptions& options, int64_t train_images);
Recipe head_first_recipe(const TrainOptions& options, int64_t train_images);
bool wants_head_first(const ModelData& model, const TrainOptions& options);

// "frozen" or "train"; Error{call} for another word.
BatchNormMode parse_batch_norm(const std::string& mode);

// "off", "on", or the solver where it is not epochs.
std::string head_first_text(const ModelData& model, const TrainOptions& options);

// Name and value of everything in force, in a fixed order.
std::vector<std::pair<std::string, std::string>> describe(const Recipe& recipe);

}  // namespace graft
