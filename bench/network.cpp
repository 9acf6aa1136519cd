#include "bench/network.h"

#include <random>
#include <utility>

#include "engine/check.h"
#include "transfer/cost/resident_memory.h"
#include "transfer/features/cut.h"
#include "transfer/model/freeze.h"
#include "transfer/model/head.h"
#include "transfer/model/recognise.h"

namespace graft::bench {

namespace {

constexpr int64_t classes = 1000, image_size = 224;

std::vector<float> noise(int64_t count) {
  std::mt19937 random(1);
  std::normal_distribution<float> draw;
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = draw(random);
  return values;
}

// What the peer trains with.
SessionTraining plain_sgd(BatchNormMode statistics) {
  SessionTraining training;
  training.batch_norm = statistics;
  training.update.rule = UpdateSettings::Rule::sgd;
  training.update.momentum = 0.9;
  return training;
}

std::string what_trains(const std::string& point) {
  if (point == "all:running") return "all";
  return point == "cached" || point == "bf16_prefix" ? "head" : point;
}

}  // namespace

Network::Network(const std::string& arch, const std::string& point, int64_t batch, const Settings& settings)
    : trains_(!point.empty()),
      device_(open_device(settings.device, {.threads = settings.threads})),
      model_(describe(find_architecture(arch), classes)) {
  initialise_from_scratch(model_, 0);
  from_ = {model_.graph.input()};
  shapes_ = {{batch, image_size, image_size, model_.graph.input_channels()}};
  take({noise(shapes_[0].count())});
  state_.learning_rate = 1e-4;
  for (int64_t i = 0; i < batch; ++i) labels_.push_back(static_cast<int32_t>(i % classes));
  ExecutorOptions options;
  options.record = settings.record;
  options.math = settings.precision;
  watch_memory();
  if (trains_) {
    freeze_all_but(model_, what_trains(point));
    session_ = std::make_unique<Session>(
        *device_, model_.graph, model_.weights,
        plain_sgd(point == "all:running" ? BatchNormMode::frozen : BatchNormMode::train),
        [](const Parameters::Slice&) { return SliceSettings{}; }, options);
  } else {
    session_ = std::make_unique<Session>(*device_, model_.graph, model_.weights, options);
  }
  if (point == "bf16_prefix") {
    options.math = Math::bf16;
    prefix_ = std::make_unique<Session>(*device_, model_.graph, model_.weights, options);
  }
  if (point == "cached" || prefix_) start_at_cut();
  // Of these the peak is that of the frozen layers in front, which have computed the features.
  if (from_.front() != model_.graph.input()) memory_.reset();
}

void Network::take(std::vector<std::vector<float>> inputs) {
  inputs_ = std::move(inputs);
  pointers_.clear();
  for (const auto& input : inputs_) pointers_.push_back(input.data());
}

void Network::start_at_cut() {
  const std::vector<NodeId> cut = cut_of(model_.graph);
  GRAFT_CHECK(!cut.empty(), call, "nothing of ", model_.arch, " lies in front of its head");
  images_ = std::move(inputs_[0]);
  images_shape_ = shapes_[0];
  shapes_ = shapes_at(model_.graph, cut, images_shape_);
  from_ = cut;
  run_prefix(prefix_ ? *prefix_ : *session_);
}

void Network::run_prefix(Session& session) {
  const float* images = images_.data();
  take(session.infer({model_.graph.input()}, {images_shape_}, {&images, 1}, from_));
}

void Network::watch_memory() {
  const bool separate = device_->properties().separate_memory;
  if (separate && !device_->memory()) return;
  memory_.emplace(*device_);
  if (!separate && !restart_resident_peak()) memory_.reset();
}

Facts Network::facts() const {
  Facts facts;
  if (memory_) facts["peak_bytes"] = static_cast<double>(memory_->bytes());
  if (trains_) facts["trainable_parameters"] = static_cast<double>(trainable_parameters(model_));
  return facts;
}

void Network::infer() { session_->infer(from_, shapes_, pointers_, {model_.graph.output()}); }

void Network::train() {
  const auto stage = [this] {
    if (prefix_) run_prefix(*prefix_);
    session_->stage_training(from_, shapes_, pointers_, labels_);
  };
  if (!std::exchange(staged_, true)) stage();
  session_->start(state_);
  stage();
  session_->finish_training();
  ++state_.step;
}

void Network::train_on(const float* images, std::span<const int32_t> labels) {
  std::vector<Shape> shapes = shapes_;
  shapes[0][0] = static_cast<int64_t>(labels.size());
  session_->train(from_, shapes, {&images, 1}, labels, state_);
  ++state_.step;
}

}  // namespace graft::bench
