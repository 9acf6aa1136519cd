#include "tools/image_files.h"

#include <filesystem>
#include <iostream>

#include "transfer/data/scan.h"

namespace fs = std::filesystem;

namespace graft {

bool find_images(const std::vector<std::string>& named, std::vector<std::string>& images) {
  bool all = true;
  for (const std::string& name : named) {
    std::error_code error;
    if (!fs::is_directory(name, error)) {
      images.push_back(name);
      continue;
    }
    Dataset found;
    scan_folder(name, "", 0, found);
    sort_by_name(found);
    for (const FileNotes::Unsupported& file : found.notes.unsupported) {
      std::cerr << "graft: " << (fs::path(name) / file.name).string() << ": " << file.type
                << " cannot be read; convert it to JPEG or PNG\n";
      all = false;
    }
    for (const Sample& sample : found.samples) images.push_back(sample.path.string());
    if (!found.samples.empty()) continue;
    std::cerr << "graft: " << name << ": no image in this folder\n";
    all = false;
  }
  return all;
}

}  // namespace graft
