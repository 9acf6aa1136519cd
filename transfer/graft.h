#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/error.h"

#define GRAFT_API __attribute__((visibility("default")))

// graft: transfer learning with convolutional networks. Every function throws graft::Error and nothing else;
// a call that fails leaves its model as it was. The library never prints, and never touches signals, the
// locale or the caller's OpenMP settings.
namespace graft {

// ---- Images
// ------------------------------------------------------------------------------------------------------------------

enum class PixelFormat { rgb8, bgr8, rgba8, bgra8, gray8 };

// Pixels that the caller owns, rows from the top; only read during the call. Alpha is composited on white.
struct ImageView {
  const uint8_t* pixels = nullptr;
  int width = 0;
  int height = 0;
  size_t row_bytes = 0;
  PixelFormat format = PixelFormat::rgb8;
};

// ---- Models
// ------------------------------------------------------------------------------------------------------------------

struct LayerInfo {
  std::string name;
  std::string type;
  std::vector<int64_t> output_shape;  // N,H,W,C or N,C for one image of the model's size
  int64_t parameters = 0;
  int64_t macs = 0;  // multiply-adds for one image
  bool trainable = false;
};

struct LoadOptions {
  std::string arch;                  // needed only where the file's tensors do not tell
  std::vector<std::string> classes;  // names of the outputs, where the file has none
  // torchvision | lite | keras | caffe | darknet | MEAN/STD[/RESIZE/CROP/FILTER][/bgr]; empty: the file's or
  // the architecture's
  std::string preprocess;
  std::vector<std::string> allow_missing;  // shell globs of tensors that may be absent (they start at zero)
  // Of files that describe their network.
  std::string graph;                 // the other file of a pair; empty: the one of the same name beside it
  std::vector<std::string> outputs;  // where the network ends; empty: where the file says
};

class Model;

// One layer of a model, by name.
class GRAFT_API ModelLayer {
 public:
  void set_trainable(bool trainable);
  bool trainable() const;

 private:
  friend class Model;
  ModelLayer(Model& model, int node) : model_(model), node_(node) {}
  Model& model_;
  int node_;
};

struct ModelData;

// A network and its weights. Moves; does not copy by accident.
class GRAFT_API Model {
 public:
  explicit Model(std::unique_ptr<ModelData> data);
  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;
  ~Model();
  Model clone() const;

  const std::string& arch() const;
  const std::vector<std::string>& classes() const;  // may be empty: a file without names
  int image_size() const;
  const std::string& preprocessing() const;
  std::vector<std::string> freeze_points() const;  // first to last, the head not among them
  std::vector<LayerInfo> layers() const;
  int64_t parameter_count() const;

  // Replaces the final layer by a fresh one for these classes: weights normal(0, 0.01) by seed, bias 0.
  void swap_head(const std::vector<std::string>& classes, uint64_t seed = 0);

  // "head", "all", "last:N" (the head and the last N freeze points), or comma-separated shell globs on layer
  // names, "!GLOB" excludes.
  void freeze_all_but(std::string_view what);
  ModelLayer layer(std::string_view name);

  // Replaces the file in one step: whatever fails, what was there before is still whole.
  void save(const std::filesystem::path& path) const;
  std::vector<std::byte> to_bytes() const;

  ModelData& data() { return *data_; }
  const ModelData& data() const { return *data_; }

 private:
  std::unique_ptr<ModelData> data_;
};

// A .graft model, or pretrained weights: .pth/.pt, .safetensors, .npz.
GRAFT_API Model load(const std::filesystem::path& file, const LoadOptions& options = {});
GRAFT_API Model load(std::span<const std::byte> file, const LoadOptions& options = {});

// ---- Data
// --------------------------------------------------------------------------------------------------------------------

struct Dataset;

// Labelled images: a folder with one sub-folder per class, or a CSV with the header image,label[,split]. A
// folder that holds train and val|valid|validation|test is the split itself; `part` says which side is meant.
class GRAFT_API ImageFolder {
 public:
  enum class Part { train, held_out };

  explicit ImageFolder(const std::filesystem::path& source, Part part = Part::train);
  // Classes matched by name: a folder that is no class of `classes`, or a class without a folder, is an
  // error.
  ImageFolder(const std::filesystem::path& source, const std::vector<std::string>& classes,
              Part part = Part::held_out);
  explicit ImageFolder(std::shared_ptr<const Dataset> dataset);

  const std::vector<std::string>& classes() const;
  size_t size() const;
  // `fraction` of each class, chosen by seed, moves to the second folder.
  std::pair<ImageFolder, ImageFolder> split(double fraction, uint64_t seed = 0) const;

  const std::shared_ptr<const Dataset>& dataset() const { return dataset_; }

 private:
  std::shared_ptr<const Dataset> dataset_;
};

// ---- Training
// ----------------------------------------------------------------------------------------------------------------

struct DeviceChoice {
  std::string device = "auto";  // auto | cpu | cuda | cuda:N | emulated[:sm_NN] | checked[:sm_NN]
  // That compute; 0: as many as the machine has. Training and evaluation read pictures on as many again.
  int threads = 0;
  std::vector<std::pair<std::string, std::string>> methods;  // op name, implementation name: forced
  // fp32 | tf32: convolutions and dense layers may round their operands to TF32 for tensor cores | bf16:
  // activations and their gradients are bfloat16; parameters, their gradients and statistics stay float32
  std::string precision = "fp32";
  // own | vendor: cuDNN and cuBLAS compute what they can, to be compared with; cuda only
  std::string provider = "own";
  // Times the implementations that may serve on the shapes of each new plan and takes the fastest, which are
  // kept for the next time in a file in the user's cache folder; cuda and cpu only
  bool tune = false;
};

// What a callback is told. Return false to stop: a state is left behind from which the run can be resumed.
struct Progress {
  enum class Stage {
    features,
    head,
    train
  } stage = Stage::train;  // features: the frozen prefix runs once over all images
  int epoch = 0;           // from 1
  int epochs = 0;
  int64_t step = 0;   // within the epoch, from 1
  int64_t steps = 0;  // of the epoch
  bool epoch_done = false;
  double loss = 0;      // mean of the epoch so far
  double accuracy = 0;  // likewise
  double images_per_second = 0;
  double seconds_left = 0;                   // of this stage
  std::optional<double> val_loss, val_top1;  // at the end of an epoch
};

// Everything left empty takes the default for what trains (see the README's table).
struct TrainOptions {
  std::optional<int> epochs;
  std::optional<int> batch;
  std::optional<int> image_size;
  uint64_t seed = 0;

  // The final layer's kind. linear: refused where the network does not end in a dense layer. Empty: whatever
  // the network ends in.
  std::optional<std::string> head;
  // epochs: of optimizer steps | lbfgs: the head alone, also before the rest, goes straight to the minimum of
  // mean loss + weight_decay / 2 |W|^2 on cached features; a weight_decay left empty is cross-validated
  std::string solver = "epochs";
  std::string optimizer = "sgd";  // sgd | adamw
  std::optional<double> learning_rate;
  double momentum = 0.9;
  std::optional<double> weight_decay;
  std::vector<std::pair<std::string, double>>
      rate_scales;                    // shell glob on layer names, factor; the last match counts
  std::string batch_norm = "frozen";  // frozen | train
  std::string schedule = "cosine";    // cosine | step | constant
  std::optional<double> warmup;       // fraction of all steps
  std::optional<double> clip;         // gradient norm; 0 is off
  // Decay of a moving average of what trains, which is then what is validated and kept; 0 is off. In the
  // first steps less: (1 + step) / (10 + step).
  double ema = 0;
  double label_smoothing = 0;
  std::string class_weights = "none";  // none | balanced
  int patience = 0;                    // epochs without a better validation loss; 0 is off
  std::optional<bool> head_first;
  std::optional<std::string> augment;    // none | flip | standard
  std::string cache = "auto";            // auto | memory | disk | off: where frozen layers' outputs are kept
  std::optional<uint64_t> cache_limit;   // bytes that the cache may take
  int cache_views = 0;                   // augmented views of each image to keep; 0: those are not cached
  std::string cache_precision = "fp32";  // fp32 | bf16
  // fp32 | tf32 | bf16: of the frozen layers in front of what trains. Empty: device.precision, which always
  // is that of what trains
  std::string prefix_precision;

  std::filesystem::path out;  // where the model goes; empty: only into the object
  bool resume = false;        // continue from `out` and its .state
  DeviceChoice device;
  std::function<bool(const Progress&)> on_progress;
};

struct EpochResult {
  int epoch = 0;
  double train_loss = 0, val_loss = 0, val_top1 = 0, seconds = 0, images_per_second = 0;
};

// How --solver lbfgs ended.
struct HeadFit {
  double weight_decay = 0;
  int folds = 0;  // that were held out in turn to choose it; 0: it was given
  double cross_validated_loss = 0, cross_validated_top1 = 0;
  int iterations = 0;
  double gradient_norm = 0;  // by weights of features whose mean squared length is 1
  bool converged = false;
  double seconds = 0;  // all of it, without the features
};

struct EvaluateResult {
  int64_t images = 0;
  double top1 = 0, top5 = 0, loss = 0;
  std::vector<int32_t> labels;  // by image, in the data set's order; broken images are left out
  std::vector<size_t> indices;  // into the data set
  std::vector<float> logits;    // [images, classes]
};

struct TrainResult {
  std::vector<EpochResult> epochs;
  std::optional<EpochResult> head_first;  // its last epoch
  std::optional<HeadFit> head_fit;        // not of a head that was solved before a resume
  int best_epoch = 0;
  double val_top1 = 0, val_loss = 0;  // of the best epoch: the weights that the model has now
  double last_val_top1 = 0;
  // What the model as it is now makes of the held-out images; empty where this run did not see it: the best
  // epoch was before a resume, or the frozen layers' features were of another precision than the model's.
  std::optional<EvaluateResult> held_out;
  double seconds = 0;
  int64_t trainable_parameters = 0, frozen_parameters = 0;
  std::string frozen_hash_before, frozen_hash_after;  // empty where nothing was frozen
  size_t session_bytes = 0, saved_bytes = 0, cache_bytes = 0;
  // Views of images (the last stage's) whose features a cache on disk had, and those that were computed.
  int64_t cache_found = 0, cache_computed = 0;
  std::filesystem::path cache_file;  // empty: none on disk
  std::string device;
  int threads = 0;
  bool interrupted = false;
  std::vector<std::pair<std::string, std::string>> options;  // in force, defaults included
  std::vector<std::string> warnings;
};

// Trains what the model's layers' flags say, and leaves the weights of the best validation epoch in the model
// (and in options.out).
GRAFT_API TrainResult train(Model& model, const ImageFolder& train, const ImageFolder& held_out,
                            const TrainOptions& options = {});

GRAFT_API EvaluateResult evaluate(const Model& model, const ImageFolder& data,
                                  const DeviceChoice& device = {}, int batch = 32,
                                  const std::function<bool(const Progress&)>& on_progress = nullptr);

// ---- Prediction
// --------------------------------------------------------------------------------------------------------------

struct Prediction {
  int index = 0;
  std::string name;  // the class's, or the index where names are unknown
  double probability = 0;
};

using PredictorOptions = DeviceChoice;

// One per thread; many may share one model. Results come most probable first, all classes.
class GRAFT_API Predictor {
 public:
  explicit Predictor(std::shared_ptr<const Model> model, const PredictorOptions& options = {});
  Predictor(Predictor&&) noexcept;
  Predictor& operator=(Predictor&&) noexcept;
  ~Predictor();

  std::vector<Prediction> predict(const ImageView& image);
  std::vector<Prediction> predict_encoded(std::span<const std::byte> file);  // JPEG, PNG or BMP
  std::vector<Prediction> predict_file(const std::filesystem::path& file);
  // pixels: [n, image_size, image_size, 3] as the network reads them. Returns [n, classes].
  std::vector<float> logits(std::span<const float> pixels, int n);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace graft
