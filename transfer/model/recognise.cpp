#include "transfer/model/recognise.h"

#include "engine/check.h"

namespace graft {

namespace {

struct Fit {
  int matched = 0;
  int expected = 0;
  std::string first_difference;
  bool complete() const { return matched == expected; }
};

Fit fit_of(const TensorFile& file, const Architecture& arch) {
  const Graph graph = arch.build(class_count(file, arch));
  Fit fit;
  for (NodeId id = 1; id < graph.size(); ++id) {
    for (const ParameterSpec& spec : graph[id].layer->parameters()) {
      const std::string name = parameter_name(graph[id], spec);
      const NamedTensor* tensor = file.find(name);
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
    if (fit.complete()) return arch;
    if (best && int64_t{fit.matched} * best_fit.expected <= int64_t{best_fit.matched} * fit.expected)
      continue;
    best = &arch;
    best_fit = fit;
  }
  fail(ErrorCode::format, file.name(), ": no known architecture has these tensors; nearest is ", best->name,
       " (", best_fit.matched, " of ", best_fit.expected, " tensors; ", best_fit.first_difference,
       "); name it with --arch");
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
