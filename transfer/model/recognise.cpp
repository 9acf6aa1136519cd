#include "transfer/model/recognise.h"

#include "engine/check.h"

namespace graft {

namespace {

struct Fit {
  int matched = 0;
  int expected = 0;
  std::string first_difference;
  bool complete() const { return matched == expected; }
  // A better share of what was expected, or more of it.
  bool is_better_than(const Fit& other) const {
    const int64_t mine = int64_t{matched} * other.expected, others = int64_t{other.matched} * expected;
    return mine > others || (mine == others && matched > other.matched);
  }
};

Fit fit_of(const TensorFile& file, const Architecture& arch) {
  const Graph graph = arch.build(class_count(file, arch));
  Fit fit;
  for (NodeId id = 1; id < graph.size(); ++id) {
    for (const ParameterSpec& spec : graph[id].layer->parameters()) {
      const std::string name = parameter_name(graph[id], spec);
      const NamedTensor* tensor = find_tensor(file, arch, name);
      ++fit.expected;
      const bool same = tensor && tensor->shape.count() == spec.shape.count();
      fit.matched += same;
      if (!same && fit.first_difference.empty())
        fit.first_difference =
            tensor ? text("tensor '", name, "' is ", tensor->shape, " instead of ", spec.shape)
                   : text("tensor '", name, "' is missing");
    }
  }
  return fit;
}

}  // namespace

const Architecture& recognise(const TensorFile& file) {
  const Architecture* best = nullptr;
  Fit best_fit;
  for (const Architecture& arch : architectures()) {
    const Fit fit = fit_of(file, arch);
    if (best && !fit.is_better_than(best_fit)) continue;
    best = &arch;
    best_fit = fit;
  }
  if (best_fit.complete()) return *best;
  fail(ErrorCode::format, file.name(), ": no known architecture has these tensors; nearest is ", best->name,
       " (", best_fit.matched, " of ", best_fit.expected, " tensors; ", best_fit.first_difference,
       "); name it with --arch");
}

const NamedTensor* find_tensor(const TensorFile& file, const Architecture& arch, const std::string& name) {
  const NamedTensor* tensor = file.find(name);
  return tensor || !arch.older_name ? tensor : file.find(arch.older_name(name));
}

int64_t class_count(const TensorFile& file, const Architecture& arch) {
  const NamedTensor* weight = file.find(std::string(arch.head) + ".weight");
  const NamedTensor* bias = file.find(std::string(arch.head) + ".bias");
  constexpr int64_t imagenet = 1000;
  const Shape shape = bias ? bias->shape : weight ? weight->shape : Shape{};
  return shape.rank() >= 1 && shape[0] >= 2 && shape[0] <= 1 << 20 ? shape[0] : imagenet;
}

ModelData describe(const Architecture& arch, int64_t classes) {
  ModelData model{.arch = std::string(arch.name),
                  .graph = arch.build(classes),
                  .weights = {},
                  .head = std::string(arch.head),
                  .freeze_points = arch.freeze_points(),
                  .classes = {},
                  .preprocessing = std::string(arch.preprocessing),
                  .image_size = arch.image_size};
  return model;
}

}  // namespace graft
