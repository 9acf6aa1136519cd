#include "engine/check.h"
#include "transfer/data/split.h"
#include "transfer/graft.h"
#include "transfer/training/evaluate_source.h"
#include "transfer/training/trainer.h"

namespace graft {

namespace {

std::shared_ptr<const Dataset> open_part(const std::filesystem::path& source, ImageFolder::Part part,
                                         const std::vector<std::string>* classes) {
  DataSource found = open_data(source);
  Dataset* chosen = &found.train;
  // A folder without a split is whatever it was asked for.
  if (part == ImageFolder::Part::held_out && (found.val || found.test))
    chosen = found.val ? &*found.val : &*found.test;
  if (classes) match_classes(*chosen, *classes);
  return std::make_shared<const Dataset>(std::move(*chosen));
}

}  // namespace

ImageFolder::ImageFolder(const std::filesystem::path& source, Part part)
    : dataset_(open_part(source, part, nullptr)) {}

ImageFolder::ImageFolder(const std::filesystem::path& source, const std::vector<std::string>& classes,
                         Part part)
    : dataset_(open_part(source, part, &classes)) {}

ImageFolder::ImageFolder(std::shared_ptr<const Dataset> dataset) : dataset_(std::move(dataset)) {
  GRAFT_CHECK(dataset_ != nullptr, call, "an image folder needs its data");
}

const std::vector<std::string>& ImageFolder::classes() const { return dataset_->classes; }
size_t ImageFolder::size() const { return dataset_->samples.size(); }

std::pair<ImageFolder, ImageFolder> ImageFolder::split(double fraction, uint64_t seed) const {
  Split parts = split_by_seed(*dataset_, fraction, seed);
  return {ImageFolder(std::make_shared<const Dataset>(std::move(parts.train))),
          ImageFolder(std::make_shared<const Dataset>(std::move(parts.val)))};
}

TrainResult train(Model& model, const ImageFolder& train, const ImageFolder& held_out,
                  const TrainOptions& options) {
  ModelData work = model.data();
  TrainResult result = Trainer(work, *train.dataset(), *held_out.dataset(), options).run();
  model.data() = std::move(work);
  return result;
}

EvaluateResult evaluate(const Model& model, const ImageFolder& data, const DeviceChoice& choice, int batch,
                        const std::function<bool(const Progress&)>& on_progress) {
  GRAFT_CHECK(batch >= 1 && batch <= 65536, call, "--batch is ", batch, "; it must be from 1 to 65536");
  const Dataset& dataset = *data.dataset();
  GRAFT_CHECK(static_cast<int64_t>(dataset.classes.size()) <= model.data().output_count(), call,
              "the data have ", dataset.classes.size(), " classes; the model tells ",
              model.data().output_count(), " apart");
  const std::unique_ptr<Device> device = open_device(choice);
  ImageSource images(dataset, {.preprocessing = preprocessing_of(model.data()),
                               .batch_size = batch,
                               .threads = device->properties().threads,
                               .chosen = {}});
  Session session(*device, model.data().graph, model.data().weights, executor_options(choice, *device));
  return evaluate_source(session, model.data(), images, [&](int64_t seen) {
    const Progress progress{
        .epoch = 1, .epochs = 1, .step = seen, .steps = images.size(), .val_loss = {}, .val_top1 = {}};
    if (on_progress && !on_progress(progress)) fail(ErrorCode::cancelled, "stopped while evaluating");
  });
}

}  // namespace graft
