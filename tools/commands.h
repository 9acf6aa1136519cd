#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "transfer/graft.h"

namespace graft {

// What the command line asks for: one plain struct for each sub-command.

// A model of ours, or published weights ("none": the architecture with fresh ones).
struct ModelSource {
  std::string model, weights, arch, preprocess;
  std::vector<std::string> allow_missing;
  std::string graph;                 // the other file of a pair
  std::vector<std::string> outputs;  // where a network that its file describes ends
};

struct TrainCommand {
  ModelSource source;
  std::string data, val;
  std::optional<double> val_split;
  std::string train = "head";
  std::string report;  // folder; empty: none
  TrainOptions options;
};

struct PredictCommand {
  ModelSource source;
  std::string labels;
  int top = 5;
  bool json = false;
  std::vector<std::string> images;  // files and folders
  DeviceChoice device;
};

struct EvaluateCommand {
  ModelSource source;
  std::string data;
  int batch = 32;
  bool json = false;
  DeviceChoice device;
};

struct InspectCommand {
  ModelSource source;
  bool plan = false, json = false;
  std::optional<std::string> train;  // the plan of a training step; absent: of inference
  std::string batch_norm = "frozen";
  int batch = 1;
  DeviceChoice device;
};

// A network on two sides, layer by layer.
struct CompareCommand {
  ModelSource source;
  DeviceChoice sides[2];
  std::optional<std::string> train;  // compares the backward pass too
  int batch = 1;                     // of the random input
  std::optional<int> image_size;
  std::string show = "check";  // check | display | histogram
  bool json = false;
  std::vector<std::string> images;  // files and folders; none: a random input
};

struct ProfileCommand {
  ModelSource source;
  std::optional<std::string> train;  // a training step; absent: inference
  std::string batch_norm = "frozen";
  int batch = 1, runs = 10;
  std::optional<int> image_size;
  std::string trace;  // file; empty: none
  bool json = false;
  DeviceChoice device;
};

struct FeaturesCommand {
  ModelSource source;
  std::string data, train = "head", prefix_precision, out;
  std::optional<int> image_size;
  DeviceChoice device;
};

// What training costs at each freeze point and, given data, how accurate it gets.
struct CostCommand {
  ModelSource source;
  std::string data, val;
  std::optional<double> val_split;
  std::vector<double> fractions{1};  // of the training images
  int seeds = 3;
  std::optional<int> epochs;
  std::string report;               // folder; empty: none
  std::vector<std::string> points;  // none: a choice of the network's
  int batch = 32, runs = 5;
  std::optional<int> image_size;
  std::optional<double> carbon_intensity;  // grams of CO2 a kilowatt hour
  bool calibrate = false, json = false;
  std::string words;  // of the call, to be repeated
  DeviceChoice device;
};

struct ImportCommand {
  ModelSource source;
  std::string out;
};

// The architectures that are known by name.
struct ModelsCommand {
  bool json = false;
};

// A model in formats that other programs read; empty files are not written.
struct ExportCommand {
  ModelSource source;
  std::string onnx, safetensors;
  bool preprocessing = false;  // as nodes of the ONNX network
};

using Command =
    std::variant<TrainCommand, PredictCommand, EvaluateCommand, InspectCommand, CompareCommand, ProfileCommand,
                 FeaturesCommand, CostCommand, ImportCommand, ExportCommand, ModelsCommand>;

// Each returns the program's exit status; failures are exceptions.
int run(const TrainCommand& command);
int run(const PredictCommand& command);
int run(const EvaluateCommand& command);
int run(const InspectCommand& command);
int run(const CompareCommand& command);
int run(const ProfileCommand& command);
int run(const FeaturesCommand& command);
int run(const CostCommand& command);
int run(const ImportCommand& command);
int run(const ModelsCommand& command);
int run(const ExportCommand& command);

}  // namespace graft
