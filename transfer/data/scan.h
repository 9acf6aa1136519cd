#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "transfer/data/dataset.h"

namespace graft {

// Visible entries, sorted by name. Error (file) where the folder cannot be listed.
std::vector<std::filesystem::path> visible_entries(const std::filesystem::path& folder);

// Looks at the file's first bytes. True for a picture that can be read; anything else is noted.
bool is_readable_image(const std::filesystem::path& file, const std::string& name, FileNotes& notes);

// All readable pictures below `folder`, with names that begin with `prefix`.
void scan_folder(const std::filesystem::path& folder, const std::string& prefix, int label, Dataset& into);

void sort_by_name(Dataset& data);

}  // namespace graft
