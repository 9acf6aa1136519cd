#pragma once

#include <filesystem>
#include <string_view>

namespace graft {

// Replaces the file at once, also across a crash: written beside it, flushed to the disk, renamed, the folder
// flushed. Error(file) with the path and the system's reason; the old file is then untouched and nothing is
// left beside it.
void write_text_file(const std::filesystem::path&, std::string_view content);

}  // namespace graft
