#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "engine/choose.h"

namespace graft {

// Where --tune keeps what it found: graft/tuned.tsv in XDG_CACHE_HOME, or else in HOME's .cache.
std::filesystem::path winners_path();

// What a machine's races in the file have found; more of them are written there at once, beside what other
// processes have written. A file that is not there has none. Error{file} or Error{format}, naming the file.
//
// The file is text: a line that says its version, then a line for each race, machine, problem and the
// implementation that won, with a tab between. It may be deleted at any time.
std::shared_ptr<Winners> winners_in_file(const std::filesystem::path& path, const std::string& machine);

}  // namespace graft
