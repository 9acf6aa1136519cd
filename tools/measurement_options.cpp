#include <array>

#include "engine/check.h"
#include "tools/shared_options.h"

namespace graft {
namespace {

std::array<std::string, 2> one_or_two(const char* option, const std::string& list) {
  const std::vector<std::string> words = split_commas(list);
  GRAFT_CHECK(words.size() <= 2, call, option, " names ", words.size(), " sides; there are two");
  for (const std::string& word : words)
    GRAFT_CHECK(!word.empty(), call, option, " '", list, "': a side is empty");
  return {words.front(), words.back()};
}

CLI::Option* add_plan_size(CLI::App& app, int& batch, std::optional<int>& image_size) {
  const std::string help = text("Images a step [", batch, "]");
  app.add_option("--image-size", image_size, "Side of the network's input [that of the weights]")
      ->check(whole_number(16, 4096));
  return app.add_option("--batch", batch, help)->check(whole_number(1, 65536));
}

}  // namespace

void add_compare(CLI::App& program, CompareCommand& command, RawOptions& raw) {
  CLI::App& app = *program.add_subcommand("compare", "Compare a network on two devices, layer by layer");
  add_source(app, command.source, raw, Sources::model_or_weights);
  add_text(app, "--devices", raw.sides.devices,
           "FIRST[,SECOND]: each auto | cpu | cuda | cuda:N | emulated[:sm_NN] | checked[:sm_NN] | float64")
      ->required();
  add_text(app, "--precisions", raw.sides.precisions, "FIRST[,SECOND]: each fp32 | tf32 | bf16 [fp32]");
  add_text(app, "--providers", raw.sides.providers, "FIRST[,SECOND]: each own | vendor [own]");
  add_text(app, "--method", raw.sides.methods,
           "OP=NAME,... or OP=FIRST/SECOND,...: forces an op's implementation; an empty name forces none");
  add_threads(app, raw.sides.threads);
  add_text(app, "--train", command.train, "What trains: compares loss, backward pass and gradients too");
  CLI::Option* batch = add_plan_size(app, command.batch, command.image_size);
  app.add_option("--show", command.show, "check | display: worst places | histogram [check]")
      ->check(one_of({"check", "display", "histogram"}));
  add_flag(app, "--json", command.json, "One JSON document on standard output");
  app.add_option("IMAGE", command.images, "Images, and folders of images: one batch; none: random pixels")
      ->excludes(batch);
  app.footer("Example:\n  graft compare --weights resnet18.pth --devices cpu,emulated --image-size 64\n");
}

void set_sides(const RawSides& raw, DeviceChoice (&sides)[2]) {
  const auto devices = one_or_two("--devices", raw.devices);
  const auto precisions = one_or_two("--precisions", raw.precisions);
  const auto providers = one_or_two("--providers", raw.providers);
  const auto check = [](const char* option, const CLI::Validator& validator, std::string word) {
    const std::string wrong = validator(word);
    GRAFT_CHECK(wrong.empty(), call, option, ": ", wrong);
  };
  for (int side : {0, 1}) {
    check("--precisions", is_precision(), precisions[side]);
    check("--providers", is_provider(), providers[side]);
    sides[side].device = devices[side];
    sides[side].precision = precisions[side];
    sides[side].provider = providers[side];
    sides[side].threads = raw.threads;
  }
  if (raw.methods.empty()) return;
  for (const auto& [op, names] : split_pairs("--method", raw.methods)) {
    const size_t slash = names.find('/');
    const std::string first = names.substr(0, slash);
    const std::string second = slash == std::string::npos ? names : names.substr(slash + 1);
    if (!first.empty()) sides[0].methods.emplace_back(op, first);
    if (!second.empty()) sides[1].methods.emplace_back(op, second);
  }
}

void add_profile(CLI::App& program, ProfileCommand& command, RawOptions& raw) {
  CLI::App& app = *program.add_subcommand("profile", "Time a network's steps, one by one");
  add_source(app, command.source, raw, Sources::model_or_weights);
  CLI::Option* train = add_text(app, "--train", command.train, "What trains: times a training step");
  add_batch_norm(app, command.batch_norm)->needs(train);
  add_plan_size(app, command.batch, command.image_size);
  app.add_option("--runs", command.runs, "How often each step is timed [10]")->check(whole_number(1, 10000));
  add_text(app, "--trace", command.trace, "Where a trace of all runs goes, for chrome://tracing or Perfetto");
  add_flag(app, "--json", command.json, "One JSON document on standard output");
  add_device(app, command.device, raw);
  app.footer(
      "Example:\n  graft profile --weights resnet18.pth --batch 32 --train last:1 --trace trace.json\n");
}

namespace {

// How accurate a network gets: all of them need --data.
void add_cost_trainings(CLI::App& app, CostCommand& command, RawOptions& raw) {
  CLI::Option* data =
      add_text(app, "--data", command.data,
               "Folder with a folder for each class, or a CSV file image,label[,split]: trains at "
               "each point too");
  add_held_out(app, command.val, command.val_split);
  app.add_option("--seeds", command.seeds, "How often each training is repeated, with another seed [3]")
      ->check(whole_number(1, 1000))
      ->needs(data);
  add_text(app, "--fraction", raw.fractions, "F,...: shares of the training images to train on [1]")
      ->needs(data);
  app.add_option("--epochs", command.epochs, "Of each training [head 30; else 10]")
      ->check(whole_number(1, 100000))
      ->needs(data);
  for (const char* option : {"--val", "--val-split"}) app.get_option(option)->needs(data);
}

}  // namespace

void finish_cost(const RawOptions& raw, CostCommand& command) {
  if (!raw.points.empty()) command.points = split_commas(raw.points);
  if (raw.fractions.empty()) return;
  command.fractions.clear();
  for (std::string word : split_commas(raw.fractions)) {
    const std::string wrong = number(1e-6, 1)(word);
    GRAFT_CHECK(wrong.empty(), call, "--fraction: ", wrong);
    command.fractions.push_back(std::stod(word));
  }
}

void add_cost(CLI::App& program, CostCommand& command, RawOptions& raw) {
  CLI::App& app =
      *program.add_subcommand("cost", "Plan and measure what training costs at each freeze point");
  add_source(app, command.source, raw, Sources::model_or_weights);
  add_text(app, "--points", raw.points,
           "head,last:N,...,all [head, each last:N, all; where those are more than five, N = 1, 2, 4, ...]");
  add_plan_size(app, command.batch, command.image_size);
  app.add_option("--runs", command.runs, "How many steps of each point are timed [5]")
      ->check(whole_number(1, 10000));
  add_cost_trainings(app, command, raw);
  app.add_option("--carbon-intensity", command.carbon_intensity,
                 "Grams of CO2 for each kilowatt hour: what the energy of a step is worth")
      ->check(number(0, 100000));
  add_text(app, "--report", command.report, "Folder for report.json and report.html");
  add_flag(app, "--calibrate", command.calibrate,
           "Times the device anew, from which times are predicted; else only once");
  add_flag(app, "--json", command.json, "One JSON document on standard output");
  add_device(app, command.device, raw);
  app.footer(
      "Example:\n  graft cost --weights resnet18.pth --points head,last:1,all --data photos --fraction "
      "0.1,1\n");
}

}  // namespace graft
