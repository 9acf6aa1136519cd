#pragma once

#include <filesystem>

#include "transfer/weights/bytes.h"

namespace graft {

// Maps a regular file for reading; the mapping ends with the last copy of the owner. Error{file} where
// it cannot. Whoever shortens a mapped file ends the process at the next read: replace files, never cut them.
FileBytes map_file(const std::filesystem::path& path);

}  // namespace graft
