#include "transfer/data/summary.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "engine/check.h"
#include "transfer/data/hash.h"
#include "transfer/image/decode.h"

namespace fs = std::filesystem;

namespace graft {
namespace {

uintmax_t size_of(const Sample& sample) {
  std::error_code error;
  const uintmax_t size = fs::file_size(sample.path, error);
  GRAFT_CHECK(!error, file, sample.path.string(), ": ", error.message());
  return size;
}

uint64_t hash_of(const Sample& sample) {
  const auto bytes = read_image_file(sample.path);
  return hash_bytes(bytes.data(), bytes.size());
}

void add_notes(FileNotes& to, const FileNotes& from) {
  to.non_images += from.non_images;
  to.images_without_class += from.images_without_class;
  to.misnamed.insert(to.misnamed.end(), from.misnamed.begin(), from.misnamed.end());
  to.unsupported.insert(to.unsupported.end(), from.unsupported.begin(), from.unsupported.end());
}

}  // namespace

std::vector<DuplicateImage> find_duplicates(const Dataset& train, const Dataset& val) {
  std::map<uintmax_t, std::pair<std::vector<const Sample*>, std::vector<const Sample*>>> by_size;
  for (const Sample& sample : val.samples) by_size[size_of(sample)].second.push_back(&sample);
  for (const Sample& sample : train.samples)
    if (const auto same = by_size.find(size_of(sample)); same != by_size.end())
      same->second.first.push_back(&sample);

  std::vector<DuplicateImage> duplicates;
  for (const auto& [size, sides] : by_size) {
    if (sides.first.empty()) continue;
    std::multimap<uint64_t, const Sample*> held_out;
    for (const Sample* sample : sides.second) held_out.emplace(hash_of(*sample), sample);
    for (const Sample* sample : sides.first) {
      const auto [begin, end] = held_out.equal_range(hash_of(*sample));
      for (auto it = begin; it != end; ++it)
        if (read_image_file(sample->path) == read_image_file(it->second->path))
          duplicates.push_back({sample->name, it->second->name});
    }
  }
  std::ranges::sort(duplicates, {}, [](const DuplicateImage& d) { return std::tie(d.train, d.val); });
  return duplicates;
}

DatasetSummary summarise(const Dataset& train, const Dataset& val) {
  DatasetSummary out;
  for (const std::string& name : train.classes) out.classes.push_back({name});
  for (const Sample& sample : train.samples) ++out.classes[sample.label].train;
  for (const Sample& sample : val.samples) ++out.classes[sample.label].val;
  out.train_images = static_cast<int64_t>(train.samples.size());
  out.val_images = static_cast<int64_t>(val.samples.size());
  add_notes(out.notes, train.notes);
  add_notes(out.notes, val.notes);
  out.duplicates = find_duplicates(train, val);
  if (!out.classes.empty()) {
    const auto [least, most] = std::ranges::minmax(out.classes, {}, &DatasetSummary::ClassCount::train);
    out.imbalance = static_cast<double>(most.train) / static_cast<double>(std::max<int64_t>(least.train, 1));
    out.imbalanced = out.imbalance > kImbalance;
  }
  return out;
}

}  // namespace graft
