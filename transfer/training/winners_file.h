#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "engine/choose.h"

namespace graft {

// Where --tune keeps what it found: graft/tuned.tsv in XDG_CACHE_HOME, or else in HOME's .cache.
std::filesystem::path winners_path();

// What a machine's races in the file have found (machine_file.h: problem and implementation that won); more
// of them are written there at once, beside what other processes have written.
std::shared_ptr<Winners> winners_in_file(const std::filesystem::path& path, const std::string& machine);

}  // namespace graft
