#include "tools/command_line.h"

#include "engine/check.h"
#include "tools/option_types.h"
#include "tools/shared_options.h"
#include "transfer/zoo/nearest_names.h"

namespace graft {
namespace {

void add_predict(CLI::App& program, PredictCommand& command, RawOptions& raw) {
  CLI::App& app = *program.add_subcommand("predict", "Name what is in photographs");
  add_source(app, command.source, raw, Sources::model_or_weights);
  add_text(app, "--labels", command.labels, "Class names, one a line, in place of the model's");
  app.add_option("--top", command.top, "How many classes for each image [5]")->check(whole_number(1, 100000));
  add_flag(app, "--json", command.json, "One JSON document on standard output");
  app.add_option("IMAGE", command.images, "Images, and folders of images")->required();
  add_device(app, command.device, raw);
  app.footer("Example:\n  graft predict --weights efficientnet_lite0.pth photo.jpg\n");
}

void add_evaluate(CLI::App& program, EvaluateCommand& command, RawOptions& raw) {
  CLI::App& app = *program.add_subcommand("evaluate", "Measure accuracy on labelled photographs");
  add_source(app, command.source, raw, Sources::model_or_weights);
  add_text(
      app, "--data", command.data,
      "Like that of train; its held-out part where it has one. For ImageNet weights, folders are named by "
      "index (007) or WordNet id")
      ->required();
  app.add_option("--batch", command.batch, "Images a step [32]")->check(whole_number(1, 65536));
  add_flag(app, "--json", command.json, "One JSON document on standard output");
  add_device(app, command.device, raw);
  app.footer("Example:\n  graft evaluate --model apples.graft --data photos/val\n");
}

void add_inspect(CLI::App& program, InspectCommand& command, RawOptions& raw) {
  CLI::App& app =
      *program.add_subcommand("inspect", "Show a network's layers, freeze points and planned steps");
  add_source(app, command.source, raw, Sources::model_or_weights);
  CLI::Option* plan =
      app.add_flag("--plan", command.plan, "The steps as planned for a device: methods, memory")
          ->multi_option_policy(CLI::MultiOptionPolicy::Throw);
  add_text(app, "--train", command.train, "What trains; with --plan, the steps of training");
  add_batch_norm(app, command.batch_norm)->needs(plan);
  app.add_option("--batch", command.batch, "Images a step, for --plan [1]")
      ->check(whole_number(1, 65536))
      ->needs(plan);
  add_flag(app, "--json", command.json, "One JSON document on standard output");
  add_device(app, command.device, raw);
  app.footer("Example:\n  graft inspect --weights resnet18.pth --plan --batch 32 --train last:1\n");
}

void add_features(CLI::App& program, FeaturesCommand& command, RawOptions& raw) {
  CLI::App& app = *program.add_subcommand("features", "Write what the frozen layers make of photographs");
  add_source(app, command.source, raw, Sources::model_or_weights);
  add_text(app, "--data", command.data, "Folder with a folder for each class, or a CSV file image,label")
      ->required();
  add_text(app, "--train", command.train,
           "What would train: head | last:N | PATTERN,...; features are what those layers read [head]");
  add_prefix_precision(app, command.prefix_precision);
  app.add_option("--image-size", command.image_size, "Side of the network's input [that of the weights]")
      ->check(whole_number(16, 4096));
  add_text(app, "--out", command.out, "F.npz or F.safetensors")->required();
  add_device(app, command.device, raw);
  app.footer("Example:\n  graft features --weights resnet18.pth --data photos --out features.npz\n");
}

void add_import(CLI::App& program, ImportCommand& command, RawOptions& raw) {
  CLI::App& app = *program.add_subcommand("import", "Turn published weights into a graft model");
  add_source(app, command.source, raw, Sources::weights_only);
  add_text(app, "--out", command.out, "Where the model goes (M.graft)")->required();
  app.footer("Example:\n  graft import --weights resnet18.pth --out resnet18.graft\n");
}

void add_models(CLI::App& program, ModelsCommand& command) {
  CLI::App& app = *program.add_subcommand("models", "List the architectures that --arch knows");
  add_flag(app, "--json", command.json, "One JSON document on standard output");
  app.footer("Example:\n  graft models\n");
}

void add_export(CLI::App& program, ExportCommand& command, RawOptions& raw) {
  CLI::App& app = *program.add_subcommand("export", "Write a model for other programs");
  add_source(app, command.source, raw, Sources::model_or_weights);
  add_text(app, "--onnx", command.onnx,
           "File for the network in ONNX, opset 17: input N,3,H,W, output logits");
  add_text(app, "--safetensors", command.safetensors,
           "File for the weights alone, under their published names");
  app.add_option("--preprocessing", raw.preprocessing,
                 "on | off: the ONNX network normalises pixels of 0 to 255, red first, itself [off]")
      ->check(one_of({"on", "off"}));
  app.footer("Example:\n  graft export --model apples.graft --onnx apples.onnx --preprocessing on\n");
}

std::string one_line(const std::string& text) {
  std::string line;
  for (char c : text) line += c == '\n' ? ' ' : c;
  return line;
}

std::string unknown_option(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  const std::vector<std::string_view> known(names.begin(), names.end());
  const std::string nearest = word.starts_with("-") ? nearest_names(word, known) : std::string();
  return text("'", word, "' is not an argument of graft ", app.get_name(),
              nearest.empty() ? text("; see graft ", app.get_name(), " --help")
                              : text("; did you mean ", nearest, "?"));
}

std::string missing_command(const CLI::App& program, const std::vector<std::string>& rest) {
  std::vector<std::string> names;
  for (const CLI::App* command : program.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return text(rest.empty() ? "no command given" : text("'", rest.front(), "' is not a command"),
              "; there are ", list, " (graft COMMAND --help)");
}

// CLI11 calls both "too many values".
std::string given_twice(const CLI::App& app, int argc, const char* const* argv) {
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_lnames().empty() || option->count() < 2) continue;
    const std::string name = "--" + option->get_lnames().front();
    int seen = 0;
    for (int i = 1; i < argc; ++i)
      seen += std::string_view(argv[i]) == name || std::string_view(argv[i]).starts_with(name + "=");
    if (seen > 1) return name + " is given more than once";
  }
  return {};
}

void finish(const RawOptions& raw, ModelSource& source, DeviceChoice* device) {
  if (!raw.allow_missing.empty()) source.allow_missing = split_commas(raw.allow_missing);
  if (!raw.outputs.empty()) source.outputs = split_commas(raw.outputs);
  if (device) device->tune = raw.tune == "on";
  if (device && !raw.method.empty()) device->methods = split_pairs("--method", raw.method);
}

void finish_export(const RawOptions& raw, ExportCommand& command) {
  GRAFT_CHECK(!command.onnx.empty() || !command.safetensors.empty(), call,
              "export: name a file to write, --onnx or --safetensors");
  GRAFT_CHECK(raw.preprocessing.empty() || !command.onnx.empty(), call,
              "--preprocessing: only the network in ONNX can normalise its input; give --onnx");
  command.preprocessing = raw.preprocessing == "on";
}

std::string words_of(int argc, const char* const* argv) {
  std::string words = "graft";
  for (int i = 1; i < argc; ++i) words += text(' ', argv[i]);
  return words;
}

}  // namespace

std::optional<Command> parse_command_line(int argc, const char* const* argv, std::string& text_out) {
  CLI::App program("Transfer learning with convolutional networks", "graft");
  program.set_version_flag("--version", std::string("graft ") + GRAFT_VERSION);
  program.footer("Each command has its own --help. Example:\n  graft train --help\n");
  program.require_subcommand(1);
  TrainCommand train;
  PredictCommand predict;
  EvaluateCommand evaluate;
  InspectCommand inspect;
  CompareCommand compare;
  ProfileCommand profile;
  FeaturesCommand features;
  CostCommand cost;
  ImportCommand import;
  ModelsCommand models;
  ExportCommand exported;
  RawOptions raw;
  add_train(program, train, raw);
  add_predict(program, predict, raw);
  add_evaluate(program, evaluate, raw);
  add_inspect(program, inspect, raw);
  add_compare(program, compare, raw);
  add_profile(program, profile, raw);
  add_features(program, features, raw);
  add_cost(program, cost, raw);
  add_import(program, import, raw);
  add_models(program, models);
  add_export(program, exported, raw);

  const auto chosen = [&]() -> const CLI::App& {
    const auto commands = program.get_subcommands();
    return commands.empty() ? program : *commands.front();
  };
  try {
    program.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    text_out = program.help();
    return std::nullopt;
  } catch (const CLI::CallForVersion& version) {
    text_out = version.what() + std::string("\n");
    return std::nullopt;
  } catch (const CLI::ExtrasError&) {
    const auto rest = program.remaining(true);
    const bool command = !program.get_subcommands().empty();
    fail(ErrorCode::call, command ? unknown_option(chosen(), rest.front()) : missing_command(program, rest));
  } catch (const CLI::ParseError& error) {
    if (program.get_subcommands().empty())
      fail(ErrorCode::call, missing_command(program, program.remaining()));
    const std::string twice = given_twice(chosen(), argc, argv);
    fail(ErrorCode::call, twice.empty() ? one_line(error.what()) : twice);
  }

  const std::string name = chosen().get_name();
  if (name == "train") {
    finish(raw, train.source, &train.options.device);
    finish_train(raw, train);
    return train;
  }
  if (name == "models") return models;
  if (name == "predict") return finish(raw, predict.source, &predict.device), predict;
  if (name == "evaluate") return finish(raw, evaluate.source, &evaluate.device), evaluate;
  if (name == "inspect") return finish(raw, inspect.source, &inspect.device), inspect;
  if (name == "profile") return finish(raw, profile.source, &profile.device), profile;
  if (name == "features") return finish(raw, features.source, &features.device), features;
  if (name == "cost") {
    finish(raw, cost.source, &cost.device);
    finish_cost(raw, cost);
    cost.words = words_of(argc, argv);
    return cost;
  }
  if (name == "compare") {
    finish(raw, compare.source, nullptr);
    set_sides(raw.sides, compare.sides);
    return compare;
  }
  if (name == "export") {
    finish(raw, exported.source, nullptr);
    finish_export(raw, exported);
    return exported;
  }
  finish(raw, import.source, nullptr);
  return import;
}

}  // namespace graft
