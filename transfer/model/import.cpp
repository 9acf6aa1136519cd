#include "transfer/model/import.h"

#include <fnmatch.h>

#include <algorithm>
#include <set>

#include "engine/check.h"
#include "transfer/model/host_tensors.h"
#include "transfer/model/recognise.h"
#include "transfer/weights/tensor_values.h"

namespace graft {

namespace {

using Fate = ImportReport::Row::Fate;

// A [I,O] matrix for a layer that was published as [O,I].
HostTensor transposed(const NamedTensor& tensor, const Shape& shape) {
  std::vector<float> storage;
  const std::span<const float> from = as_float32(tensor, storage);
  std::vector<float> to(from.size());
  for (int64_t o = 0; o < shape[0]; ++o)
    for (int64_t i = 0; i < shape[1]; ++i) to[o * shape[1] + i] = from[i * shape[0] + o];
  return HostTensor::from(shape, std::move(to));
}

bool is_transposed_matrix(const ParameterSpec& spec, const Shape& found) {
  return spec.role == ParameterRole::dense_weight && found.rank() == 2 && found[0] == spec.shape[1] &&
         found[1] == spec.shape[0];
}

bool allowed(const std::vector<std::string>& globs, const std::string& name) {
  return std::any_of(globs.begin(), globs.end(),
                     [&](const std::string& glob) { return fnmatch(glob.c_str(), name.c_str(), 0) == 0; });
}

class Importer {
 public:
  Importer(const TensorFile& file, const Architecture& arch, const ImportOptions& options,
           ImportReport& report)
      : file_(file), arch_(arch), options_(options), report_(report) {}

  void take(ModelData& model, const std::string& name, const ParameterSpec& spec) {
    const NamedTensor* tensor = find_tensor(file_, arch_, name);
    if (tensor) expected_.insert(tensor->name);
    if (!tensor) {
      report_.rows.push_back({Fate::missing, name, text(spec.shape)});
      if (!allowed(options_.allow_missing, name)) missing_.push_back(name);
      model.weights[name] = HostTensor::from(spec.shape, std::vector<float>(spec.shape.count(), 0.0f));
    } else if (tensor->shape == spec.shape || same_values(spec, tensor->shape)) {
      report_.rows.push_back({Fate::matched, name, text(spec.shape)});
      HostTensor values = host_tensor(file_, *tensor);
      values.shape = spec.shape;
      model.weights[name] = std::move(values);
    } else if (is_transposed_matrix(spec, tensor->shape)) {
      report_.rows.push_back({Fate::transposed, name, text(tensor->shape, " to ", spec.shape)});
      model.weights[name] = transposed(*tensor, spec.shape);
    } else {
      fail(ErrorCode::shape, file_.name(), ": tensor '", name, "' is ", tensor->shape, "; ", model.arch,
           " needs ", spec.shape);
    }
  }

  void finish(const ModelData& model) {
    const FreezePoint left_out{{arch_.auxiliary.begin(), arch_.auxiliary.end()}};
    for (const NamedTensor& tensor : file_.tensors())
      if (!expected_.contains(tensor.name))
        report_.rows.push_back({covers(left_out, tensor.name) ? Fate::auxiliary : Fate::unexpected,
                                tensor.name, text(tensor.shape)});
    if (missing_.empty()) return;
    fail(ErrorCode::format, file_.name(), ": ", missing_.size(), " tensor(s) of ", model.arch,
         " are missing, first '", missing_.front(), "'; name what may be missing with --allow-missing");
  }

 private:
  // A dense weight published as a 1x1 convolution, or the other way round.
  static bool same_values(const ParameterSpec& spec, const Shape& found) {
    if (!decays(spec.role) || found.count() != spec.shape.count() || found[0] != spec.shape[0]) return false;
    const auto is_matrix = [](const Shape& s) {
      return s.rank() == 2 || (s.rank() == 4 && s[2] == 1 && s[3] == 1);
    };
    return is_matrix(found) && is_matrix(spec.shape) && found[1] == spec.shape[1];
  }

  const TensorFile& file_;
  const Architecture& arch_;
  const ImportOptions& options_;
  ImportReport& report_;
  std::set<std::string> expected_;
  std::vector<std::string> missing_;
};

}  // namespace

std::string_view name_of(Fate fate) {
  constexpr std::string_view names[] = {"matched", "transposed", "missing", "auxiliary", "unexpected"};
  return names[static_cast<size_t>(fate)];
}

int ImportReport::count(Row::Fate fate) const {
  return static_cast<int>(
      std::count_if(rows.begin(), rows.end(), [fate](const Row& row) { return row.fate == fate; }));
}

ModelData import_weights(const TensorFile& file, const ImportOptions& options, ImportReport* report) {
  ImportReport unused;
  ImportReport& rows = report ? *report : unused;
  const Architecture& arch = options.arch.empty() ? recognise(file) : find_architecture(options.arch);
  const int64_t classes = class_count(file, arch);
  GRAFT_CHECK(options.classes.empty() || static_cast<int64_t>(options.classes.size()) == classes, call,
              file.name(), " tells ", classes, " classes apart; ", options.classes.size(),
              " names were given");

  ModelData model = describe(arch, classes);
  rows.arch = model.arch;
  rows.preprocessing_assumed = options.preprocess.empty();
  if (!options.preprocess.empty()) model.preprocessing = options.preprocess;
  model.classes = options.classes;
  Importer importer(file, arch, options, rows);
  for (NodeId id = 1; id < model.graph.size(); ++id)
    for (const ParameterSpec& spec : model.graph[id].layer->parameters())
      importer.take(model, parameter_name(model.graph[id], spec), spec);
  importer.finish(model);
  return model;
}

}  // namespace graft
