#include "transfer/data/dataset.h"

#include <algorithm>
#include <map>

#include "engine/check.h"
#include "transfer/data/scan.h"
#include "transfer/weights/utf8.h"

namespace fs = std::filesystem;

namespace graft {
namespace {

bool is_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

// The folders of a DIR that is the split itself; empty where it is not.
std::map<std::string, fs::path> split_folders(const fs::path& root) {
  std::map<std::string, fs::path> parts;
  for (const fs::path& entry : visible_entries(root)) {
    if (!is_folder(entry)) continue;
    const std::string name = entry.filename().string();
    const bool val = name == "val" || name == "valid" || name == "validation";
    if (!val && name != "train" && name != "test") return {};
    const auto [other, added] = parts.emplace(val ? "val" : name, entry);
    GRAFT_CHECK(added, format, root.string(), ": has both ", other->second.filename().string(), " and ", name,
                "; keep one of them");
  }
  if (!parts.contains("train") || parts.size() < 2) return {};
  return parts;
}

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (size_t i = 0; i < names.size() && i < 5; ++i) out += (i ? ", '" : "'") + names[i] + "'";
  return names.size() > 5 ? text(out, " and ", names.size() - 5, " more") : out;
}

std::vector<std::string> missing_from(const std::vector<std::string>& names,
                                      const std::vector<std::string>& others) {
  std::vector<std::string> missing;
  for (const std::string& name : names)
    if (std::ranges::count(others, name) == 0) missing.push_back(name);
  return missing;
}

// Says which class folder has nothing in it, and whether that is for the type of its files.
[[noreturn]] void refuse_empty_class(const fs::path& folder, const FileNotes& notes,
                                     size_t unsupported_before) {
  const size_t unsupported = notes.unsupported.size() - unsupported_before;
  const std::string why =
      unsupported ? text(" (", unsupported, " of unsupported type ", notes.unsupported.back().type, ")") : "";
  fail(ErrorCode::format, folder.string(), ": this class folder has no readable image", why,
       "; add images or remove it");
}

}  // namespace

Dataset open_folder(const fs::path& folder) {
  GRAFT_CHECK(is_folder(folder), file, folder.string(), ": is not a folder that can be read");
  Dataset data;
  data.root = folder;
  for (const fs::path& entry : visible_entries(folder)) {
    const std::string name = entry.filename().string();
    if (!is_folder(entry)) {
      data.notes.images_without_class += is_readable_image(entry, name, data.notes);
      continue;
    }
    GRAFT_CHECK(is_utf8(name), format, entry.string(),
                ": the class name is not valid UTF-8; rename the folder");
    const size_t samples_before = data.samples.size();
    const size_t unsupported_before = data.notes.unsupported.size();
    scan_folder(entry, name, static_cast<int>(data.classes.size()), data);
    if (data.samples.size() == samples_before) refuse_empty_class(entry, data.notes, unsupported_before);
    data.classes.push_back(name);
  }
  GRAFT_CHECK(!data.classes.empty(), format, folder.string(),
              ": has no class folders; it must hold one folder of images for each class");
  sort_by_name(data);
  return data;
}

DataSource open_data(const fs::path& path) {
  std::error_code error;
  GRAFT_CHECK(fs::exists(path, error), file, path.string(), ": does not exist");
  if (!is_folder(path)) return open_csv(path);
  const auto parts = split_folders(path);
  if (parts.empty()) return {open_folder(path), std::nullopt, std::nullopt};
  DataSource source{open_folder(parts.at("train")), std::nullopt, std::nullopt};
  for (const auto& [name, folder] : parts) {
    if (name == "train") continue;
    Dataset part = open_folder(folder);
    match_classes(part, source.train.classes);
    (name == "val" ? source.val : source.test) = std::move(part);
  }
  if (!source.val) source.val.swap(source.test);
  return source;
}

void match_classes(Dataset& data, const std::vector<std::string>& classes, bool may_lack) {
  const auto unknown = missing_from(data.classes, classes);
  const auto lacking = may_lack ? std::vector<std::string>{} : missing_from(classes, data.classes);
  GRAFT_CHECK(unknown.empty() && lacking.empty(), format, data.root.string(),
              ": its classes do not match:", unknown.empty() ? "" : " unknown " + listed(unknown),
              lacking.empty() ? "" : " lacking " + listed(lacking), "; classes match by name");
  std::vector<int> renumbered;
  for (const std::string& name : data.classes)
    renumbered.push_back(static_cast<int>(std::ranges::find(classes, name) - classes.begin()));
  for (Sample& sample : data.samples) sample.label = renumbered[sample.label];
  data.classes = classes;
}

}  // namespace graft
