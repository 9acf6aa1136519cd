#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "transfer/cost/roofline.h"

namespace graft {

// Where the times of probes are kept: graft/rates.tsv beside what --tune keeps.
std::filesystem::path rates_path();

// A machine's timed steps in the file (machine_file.h: kind and size of a step, and its seconds); none where
// there are none. Error{file} or Error{format}, naming the file.
std::vector<TimedStep> read_rates(const std::filesystem::path& path, const std::string& machine);
// Keeps them; of those of the same kind and size the least time.
void add_rates(const std::filesystem::path& path, const std::string& machine,
               const std::vector<TimedStep>& timed);

}  // namespace graft
