#pragma once

#include "tools/commands.h"
#include "tools/option_types.h"

namespace graft {

// What `compare` was told about its sides: one word for both, or one for each with a comma between.
struct RawSides {
  std::string devices, precisions = "fp32", providers = "own";
  std::string methods;  // OP=NAME or OP=FIRST/SECOND, with commas; an empty name forces nothing on its side
  int threads = 0;
};

// Texts that need taking apart after CLI11 has read them.
struct RawOptions {
  std::string allow_missing, method, tune, lr_scale, head_first, out, points, fractions, outputs,
      preprocessing;
  RawSides sides;
};

template <class Text>  // optional or not
CLI::Option* add_text(CLI::App& app, const char* name, Text& to, const char* help) {
  return app.add_option(name, to, help)->check(not_empty());
}

void add_flag(CLI::App& app, const char* name, bool& to, const char* help);

enum class Sources { weights_only, model_or_weights };
void add_source(CLI::App& app, ModelSource& to, RawOptions& raw, Sources sources);

// --val and --val-split.
void add_held_out(CLI::App& app, std::string& val, std::optional<double>& val_split);

// --batch-norm, as parse_batch_norm() reads it.
CLI::Option* add_batch_norm(CLI::App& app, std::string& to);

CLI::Validator is_precision();
CLI::Validator is_provider();
void add_threads(CLI::App& app, int& to);
void add_device(CLI::App& app, DeviceChoice& to, RawOptions& raw);

// --prefix-precision
void add_prefix_precision(CLI::App& app, std::string& to);

// train_options.cpp. finish: Error{call} naming the option that is wrong.
void add_train(CLI::App& program, TrainCommand& command, RawOptions& raw);
void finish_train(const RawOptions& raw, TrainCommand& command);

// Commands that measure a network: measurement_options.cpp.
void add_compare(CLI::App& program, CompareCommand& command, RawOptions& raw);
void add_profile(CLI::App& program, ProfileCommand& command, RawOptions& raw);
void add_cost(CLI::App& program, CostCommand& command, RawOptions& raw);
// Each Error{call} naming the option that is wrong.
void finish_cost(const RawOptions& raw, CostCommand& command);
void set_sides(const RawSides& raw, DeviceChoice (&sides)[2]);

}  // namespace graft
