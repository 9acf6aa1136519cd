#include "tools/datasets.h"

#include <sstream>

#include "engine/check.h"
#include "tools/imagenet.h"
#include "tools/model_source.h"

namespace graft {
namespace {

constexpr double default_val_split = 0.2;

ImageFolder folder_of(Dataset&& data) {
  return ImageFolder(std::make_shared<const Dataset>(std::move(data)));
}

// `what` in one line: the first few, and how many more.
void list_some(std::ostream& out, const std::string& what, const std::vector<std::string>& names) {
  constexpr size_t most = 5;
  if (names.empty()) return;
  out << what << ": ";
  for (size_t i = 0; i < std::min(most, names.size()); ++i) out << (i ? ", " : "") << names[i];
  if (names.size() > most) out << " and " << names.size() - most << " more";
  out << '\n';
}

void describe_notes(std::ostream& out, const FileNotes& notes) {
  if (notes.non_images > 0) out << "not images, ignored: " << notes.non_images << '\n';
  if (notes.images_without_class > 0)
    out << "images beside the class folders, ignored: " << notes.images_without_class << '\n';
  list_some(out, "named like images, but none", notes.misnamed);
  std::vector<std::string> unsupported;
  for (const FileNotes::Unsupported& file : notes.unsupported)
    unsupported.push_back(file.name + " (" + file.type + ")");
  list_some(out, "kinds that cannot be read, ignored", unsupported);
}

}  // namespace

Sides open_sides(const std::string& data, const std::string& val, std::optional<double> val_split,
                 uint64_t seed) {
  DataSource source = open_data(data);
  std::optional<Dataset> own = source.val ? std::move(source.val) : std::move(source.test);
  if (own) {
    GRAFT_CHECK(val.empty() && !val_split, call, val_split ? "--val-split: " : "--val: ", data,
                " holds its own split; leave the option away or name its train folder as --data");
    return {folder_of(std::move(source.train)), folder_of(std::move(*own))};
  }
  const ImageFolder all = folder_of(std::move(source.train));
  if (!val.empty()) return {all, ImageFolder(val, all.classes())};
  const auto [train, held_out] = all.split(val_split.value_or(default_val_split), seed);
  return {train, held_out};
}

std::string describe(const DatasetSummary& summary, bool balanced) {
  std::ostringstream out;
  out << "images: " << summary.train_images << " to train, " << summary.val_images << " held out, "
      << summary.classes.size() << " classes\n";
  for (const DatasetSummary::ClassCount& c : summary.classes)
    out << "  " << c.name << ": " << c.train << " + " << c.val << '\n';
  describe_notes(out, summary.notes);
  if (!summary.duplicates.empty()) {
    std::vector<std::string> names;
    for (const DuplicateImage& d : summary.duplicates) names.push_back(d.train + " = " + d.val);
    list_some(out,
              text("warning: ", names.size(), " held-out image(s) are byte for byte in the training set too"),
              names);
  }
  if (summary.imbalanced && !balanced)
    out << "warning: the largest class has " << summary.imbalance
        << " times the images of the smallest; consider --class-weights balanced\n";
  return out.str();
}

ImageFolder open_held_out(const std::string& data, const Model& model) {
  const std::vector<std::string>& classes = model.classes();
  GRAFT_CHECK(!classes.empty(), call, "--data ", data,
              ": the network's classes have no names to match folders with; use a model that graft trained");
  if (!has_imagenet_classes(model)) return ImageFolder(data, classes);

  DataSource source = open_data(data);
  Dataset set = source.val    ? std::move(*source.val)
                : source.test ? std::move(*source.test)
                              : std::move(source.train);
  std::vector<int> index;
  for (const std::string& name : set.classes) {
    index.push_back(imagenet_index(name));
    GRAFT_CHECK(index.back() >= 0, format, data, ": class '", name,
                "' is no ImageNet class; name folders by index (007) or WordNet id (n01514668)");
  }
  const auto before = static_cast<int>(classes.size() - imagenet_names().size());  // "background"
  for (Sample& sample : set.samples) sample.label = before + index[sample.label];
  set.classes = classes;
  return folder_of(std::move(set));
}

}  // namespace graft
