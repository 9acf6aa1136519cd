#pragma once

#include <filesystem>
#include <string_view>

namespace graft {

// Error{file} where the file's folder does not exist or cannot be written: said before the work, not after
// it.
void check_output_file(std::string_view option, const std::filesystem::path& file);
// Makes the folder; Error{file} where that fails.
void make_output_folder(std::string_view option, const std::filesystem::path& folder);

}  // namespace graft
