#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace graft::bench {

// The files bench/figures/gpus.tsv and kernels/kernel_figures.tsv as they were when this program was built.
std::string_view gpu_table();
std::string_view kernel_table();

// The rows of a table with tabs between its columns, without lines that begin with # and the line of names.
std::vector<std::vector<std::string>> table_rows(std::string_view table);

}  // namespace graft::bench
