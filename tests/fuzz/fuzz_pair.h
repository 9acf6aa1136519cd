#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace graft::fuzz {

// An input of two files: a 16-bit length, the text of the graph, the weights. The text is written to a file
// of its own, as a user has it. Returns what LLVMFuzzerTestOneInput does.
int read_pair(const uint8_t* data, size_t size, const char* graph_extension, const char* weights_extension);

// Such an input.
std::string pair_input(const std::string& graph, const std::string& weights);

}  // namespace graft::fuzz
