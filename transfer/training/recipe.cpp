#include "transfer/training/recipe.h"

#include <cmath>

#include "engine/check.h"
#include "transfer/model/freeze.h"
#include "transfer/training/execution.h"
#include "transfer/training/solver_checks.h"

namespace graft {

namespace {

void check_range(const char* option, double value, double low, double high) {
  GRAFT_CHECK(std::isfinite(value) && value >= low && value <= high, call, "--", option, " is ", value,
              "; it must be from ", low, " to ", high);
}

// "sgd" and its like to an enumerator.
template <class T>
T one_of(const char* option, const std::string& value,
         std::initializer_list<std::pair<const char*, T>> choices) {
  std::string names;
  for (const auto& [name, choice] : choices) {
    if (value == name) return choice;
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  fail(ErrorCode::call, "--", option, " is '", value, "'; it must be one of ", names);
}

// What does not depend on which layers train.
Recipe common_recipe(const TrainOptions& options, int64_t train_images) {
  Recipe recipe;
  recipe.seed = options.seed;
  recipe.rule = one_of<UpdateSettings::Rule>(
      "optimizer", options.optimizer,
      {{"sgd", UpdateSettings::Rule::sgd}, {"adamw", UpdateSettings::Rule::adamw}});
  recipe.momentum = options.momentum;
  check_range("momentum", recipe.momentum, 0, 0.9999);
  recipe.batch = options.batch.value_or(static_cast<int>(std::min<int64_t>(32, train_images)));
  check_range("batch", recipe.batch, 1, 65536);
  recipe.batch = static_cast<int>(std::min<int64_t>(recipe.batch, train_images));
  recipe.label_smoothing = options.label_smoothing;
  check_range("label-smoothing", recipe.label_smoothing, 0, 0.999);
  recipe.balanced_classes =
      one_of<bool>("class-weights", options.class_weights, {{"none", false}, {"balanced", true}});
  recipe.schedule.kind = schedule_kind(options.schedule);
  recipe.cache = one_of<CacheMode>("cache", options.cache,
                                   {{"auto", CacheMode::automatic},
                                    {"memory", CacheMode::memory},
                                    {"disk", CacheMode::disk},
                                    {"off", CacheMode::off}});
  recipe.cache_limit = options.cache_limit;
  recipe.cache_dtype = one_of<DType>("cache-precision", options.cache_precision,
                                     {{"fp32", DType::float32}, {"bf16", DType::bfloat16}});
  recipe.math = math_option("--precision", options.device.precision);
  recipe.prefix_math = options.prefix_precision.empty()
                           ? recipe.math
                           : math_option("--prefix-precision", options.prefix_precision);
  return recipe;
}

void set_head_defaults(Recipe& recipe, const TrainOptions& options) {
  recipe.solver = options.solver == "lbfgs" ? Solver::lbfgs : Solver::epochs;
  recipe.epochs = recipe.solver == Solver::lbfgs ? 1 : 30;
  recipe.learning_rate = 0.01;
}

void set_fine_tuning_defaults(Recipe& recipe) {
  recipe.epochs = 10;
  recipe.learning_rate = recipe.rule == UpdateSettings::Rule::adamw ? 1e-4 : 0.001;
  recipe.weight_decay = 1e-4;
  recipe.schedule.warmup = 0.05;
  recipe.clip = 1;
  recipe.augment = Augment::standard;
}

const char* cache_name(CacheMode mode) {
  switch (mode) {
    case CacheMode::automatic: return "auto";
    case CacheMode::memory: return "memory";
    case CacheMode::disk: return "disk";
    case CacheMode::off: break;
  }
  return "off";
}

void describe_prefix(const Recipe& r, std::vector<std::pair<std::string, std::string>>& list) {
  list.emplace_back("cache", cache_name(r.cache));
  if (r.cache_views > 0) list.emplace_back("cache-views", text(r.cache_views));
  if (r.cache_dtype != DType::float32) list.emplace_back("cache-precision", "bf16");
  list.emplace_back("precision", name_of(r.math));
  list.emplace_back("prefix-precision", name_of(r.prefix_math));
}

std::vector<std::pair<std::string, std::string>> describe_solved(const Recipe& r) {
  std::vector<std::pair<std::string, std::string>> list{
      {"solver", "lbfgs"},
      {"batch", text(r.batch)},
      {"seed", text(r.seed)},
      {"weight-decay", r.choose_decay ? "cross-validated" : text(r.weight_decay)},
      {"label-smoothing", text(r.label_smoothing)},
      {"class-weights", r.balanced_classes ? "balanced" : "none"},
      {"augment", "none"}};
  describe_prefix(r, list);
  return list;
}

}  // namespace

BatchNormMode parse_batch_norm(const std::string& mode) {
  return one_of<BatchNormMode>("batch-norm", mode,
                               {{"frozen", BatchNormMode::frozen}, {"train", BatchNormMode::train}});
}

double Recipe::rate_scale(const std::string& layer) const {
  double scale = 1;
  for (const auto& [glob, factor] : rate_scales)
    if (layer_matches(glob, layer)) scale = factor;
  return scale;
}

bool trains_head_only(const ModelData& model) {
  for (NodeId id = 1; id < model.graph.size(); ++id) {
    const Node& node = model.graph[id];
    if (node.name != model.head && node.trainable && !node.layer->parameters().empty()) return false;
  }
  return true;
}

Recipe main_recipe(const ModelData& model, const TrainOptions& options, int64_t train_images) {
  Recipe recipe = common_recipe(options, train_images);
  check_solver(model, options);
  trains_head_only(model) ? set_head_defaults(recipe, options) : set_fine_tuning_defaults(recipe);
  recipe.choose_decay = recipe.solver == Solver::lbfgs && !options.weight_decay;
  recipe.epochs = options.epochs.value_or(recipe.epochs);
  recipe.learning_rate = options.learning_rate.value_or(recipe.learning_rate);
  recipe.weight_decay = options.weight_decay.value_or(recipe.weight_decay);
  recipe.schedule.warmup = options.warmup.value_or(recipe.schedule.warmup);
  recipe.clip = options.clip.value_or(recipe.clip);
  if (options.augment) recipe.augment = parse_augment(*options.augment);
  recipe.cache_views = options.cache_views;
  check_range("cache-views", recipe.cache_views, 0, 1000);
  GRAFT_CHECK(recipe.cache_views == 0 || recipe.augment == Augment::standard, call, "--cache-views ",
              recipe.cache_views, " keeps augmented views; with --augment ", augment_name(recipe.augment),
              " all views are kept anyway");
  recipe.patience = options.patience;
  recipe.average_decay = options.ema;
  recipe.batch_norm = parse_batch_norm(options.batch_norm);
  recipe.rate_scales = options.rate_scales;
  check_range("epochs", recipe.epochs, 1, 100000);
  check_range("lr", recipe.learning_rate, 0, 1000);
  check_range("weight-decay", recipe.weight_decay, 0, 100);
  check_range("warmup", recipe.schedule.warmup, 0, 0.99);
  check_range("clip", recipe.clip, 0, 1e9);
  check_range("ema", recipe.average_decay, 0, 0.999999);
  check_range("patience", recipe.patience, 0, 100000);
  for (const auto& [glob, factor] : recipe.rate_scales) {
    check_range("lr-scale", factor, 0, 1000);
    check_glob(model, glob, "--lr-scale");
  }
  return recipe;
}

Recipe head_first_recipe(const TrainOptions& options, int64_t train_images) {
  Recipe recipe = common_recipe(options, train_images);
  set_head_defaults(recipe, options);
  recipe.choose_decay = recipe.solver == Solver::lbfgs;
  return recipe;
}

bool wants_head_first(const ModelData& model, const TrainOptions& options) {
  return !trains_head_only(model) && model.graph[model.head_node()].trainable &&
         options.head_first.value_or(true);
}

std::string head_first_text(const ModelData& model, const TrainOptions& options) {
  if (!wants_head_first(model, options)) return "off";
  return options.solver == "lbfgs" ? "lbfgs" : "on";
}

std::vector<std::pair<std::string, std::string>> describe(const Recipe& r) {
  if (r.solver == Solver::lbfgs) return describe_solved(r);
  std::vector<std::pair<std::string, std::string>> list{
      {"epochs", text(r.epochs)},
      {"batch", text(r.batch)},
      {"seed", text(r.seed)},
      {"optimizer", r.rule == UpdateSettings::Rule::sgd ? "sgd" : "adamw"},
      {"lr", text(r.learning_rate)},
      {"momentum", text(r.momentum)},
      {"weight-decay", text(r.weight_decay)},
      {"batch-norm", r.batch_norm == BatchNormMode::train ? "train" : "frozen"},
      {"schedule", schedule_name(r.schedule.kind)},
      {"warmup", text(r.schedule.warmup)},
      {"clip", text(r.clip)},
      {"label-smoothing", text(r.label_smoothing)},
      {"class-weights", r.balanced_classes ? "balanced" : "none"},
      {"patience", text(r.patience)},
      {"augment", std::string(augment_name(r.augment))}};
  for (const auto& [glob, factor] : r.rate_scales) list.emplace_back("lr-scale", text(glob, "=", factor));
  if (r.average_decay > 0) list.emplace_back("ema", text(r.average_decay));
  describe_prefix(r, list);
  return list;
}

}  // namespace graft
