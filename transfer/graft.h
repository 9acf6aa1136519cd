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
  std::string preprocess;  // torchvision | lite | MEAN/STD[/RESIZE/CROP/FILTER]; empty: the file's or the
                           // architecture's
  std::vector<std::string> allow_missing;  // shell globs of tensors that may be absent (they start at zero)
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

}  // namespace graft
