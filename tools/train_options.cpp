#include <limits>

#include "engine/check.h"
#include "tools/shared_options.h"

namespace graft {
namespace {

void add_train_optimizer(CLI::App& app, TrainOptions& o, RawOptions& raw) {
  app.add_option("--head", o.head, "linear: refused where the network does not end in a dense layer")
      ->check(one_of({"linear"}));
  app.add_option("--solver", o.solver,
                 "epochs | lbfgs: a linear head goes straight to its minimum on cached features [epochs]")
      ->check(one_of({"epochs", "lbfgs"}));
  app.add_option("--optimizer", o.optimizer, "sgd | adamw [sgd]")->check(one_of({"sgd", "adamw"}));
  app.add_option("--lr", o.learning_rate, "Learning rate [head 0.01; else 0.001, adamw 0.0001]")
      ->check(number(0, 1000));
  app.add_option("--momentum", o.momentum, "Of sgd [0.9]")->check(number(0, 0.9999));
  app.add_option("--weight-decay", o.weight_decay, "[head 0, by lbfgs: cross-validated; else 0.0001]")
      ->check(number(0, 100));
  add_text(app, "--lr-scale", raw.lr_scale, "PATTERN=FACTOR,...: multiplies the rate of layers");
  app.add_option("--schedule", o.schedule, "cosine | step | constant [cosine]")
      ->check(one_of({"cosine", "step", "constant"}));
  app.add_option("--warmup", o.warmup, "Share of all steps [head 0; else 0.05]")->check(number(0, 0.99));
  app.add_option("--clip", o.clip, "Largest norm of the gradient, 0: off [head 0; else 1]")
      ->check(number(0, 1e9));
  app.add_option("--ema", o.ema,
                 "Decay of a moving average of what trains, which is then validated and kept; 0: off [0]")
      ->check(number(0, 0.999999));
  app.add_option("--label-smoothing", o.label_smoothing, "[0]")->check(number(0, 0.999));
  app.add_option("--class-weights", o.class_weights, "none | balanced [none]")
      ->check(one_of({"none", "balanced"}));
  app.add_option("--patience", o.patience, "Epochs without a better validation loss; 0: never stop early [0]")
      ->check(whole_number(0, 100000));
  app.add_option("--head-first", raw.head_first, "on | off: train the head alone before the rest [on]")
      ->check(one_of({"on", "off"}));
}

void add_train_cache(CLI::App& app, TrainOptions& o) {
  app.add_option("--cache", o.cache,
                 "auto | memory | disk | off: keep what the frozen layers compute; on disk also for later "
                 "runs [auto]")
      ->check(one_of({"auto", "memory", "disk", "off"}));
  app.add_option("--cache-limit", o.cache_limit, "Bytes that it may take, as 500MB or 2GB")
      ->transform(CLI::AsSizeValue(false));
  app.add_option("--cache-views", o.cache_views,
                 "With --augment standard: views of each image to keep; later epochs use them again [0]")
      ->check(whole_number(0, 1000));
  app.add_option("--cache-precision", o.cache_precision, "fp32 | bf16: what is kept [fp32]")
      ->check(one_of({"fp32", "bf16"}));
  add_prefix_precision(app, o.prefix_precision);
}

}  // namespace

void add_train(CLI::App& program, TrainCommand& command, RawOptions& raw) {
  CLI::App& app = *program.add_subcommand("train", "Train a new head, or more, on a folder of photographs");
  TrainOptions& o = command.options;
  add_text(app, "--data", command.data,
           "Folder with a folder for each class, or a CSV file image,label[,split]")
      ->required();
  add_source(app, command.source, raw, Sources::weights_only);
  add_held_out(app, command.val, command.val_split);
  add_text(app, "--train", command.train, "What trains: head | all | last:N | PATTERN,... [head]");
  add_batch_norm(app, o.batch_norm);
  app.add_option("--epochs", o.epochs, "[head 30; else 10]")->check(whole_number(1, 100000));
  app.add_option("--batch", o.batch, "Images a step [32]")->check(whole_number(1, 65536));
  app.add_option("--image-size", o.image_size, "Side of the network's input [that of the weights]")
      ->check(whole_number(16, 4096));
  app.add_option("--seed", o.seed, "[0]")->check(whole_number(0, std::numeric_limits<int64_t>::max()));
  add_train_optimizer(app, o, raw);
  app.add_option("--augment", o.augment, "none | flip | standard [head none; else standard]")
      ->check(one_of({"none", "flip", "standard"}));
  add_train_cache(app, o);
  add_text(app, "--out", raw.out, "Where the model goes (M.graft; M.graft.state beside it)");
  add_text(app, "--report", command.report, "Folder for report.json and report.html");
  app.add_option_function<std::string>(
         "--resume", [&](const std::string& file) { o.out = file, o.resume = true; },
         "Goes on with the interrupted run of this --out; give its other options again")
      ->check(not_empty());
  add_device(app, o.device, raw);
  app.footer(
      "--weights none --arch A starts from scratch, to compare with: use --train all --batch-norm train.\n\n"
      "Example:\n"
      "  graft train --data photos --weights efficientnet_lite0.pth --out apples.graft --report report\n");
}

void finish_train(const RawOptions& raw, TrainCommand& command) {
  TrainOptions& o = command.options;
  if (!raw.head_first.empty()) o.head_first = raw.head_first == "on";
  if (!raw.lr_scale.empty())
    for (const auto& [glob, factor] : split_pairs("--lr-scale", raw.lr_scale)) {
      std::string word = factor;
      const std::string wrong = number(0, 1000)(word);
      GRAFT_CHECK(wrong.empty(), call, "--lr-scale: ", wrong);
      o.rate_scales.emplace_back(glob, std::stod(word));
    }
  GRAFT_CHECK(!o.resume || raw.out.empty() || raw.out == o.out, call, "--resume ", o.out.string(),
              " goes on writing that file; leave --out away");
  if (!o.resume) o.out = raw.out;
}

}  // namespace graft
