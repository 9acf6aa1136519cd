#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "transfer/graphs/source_file.h"

namespace graft::test {

// What a network makes of images [n,H,W,C] on one thread of the CPU: each wanted layer's output, in our
// order.
std::vector<std::vector<float>> run_graph(const Graph& graph, const Weights& weights,
                                          const std::vector<std::string>& outputs, const Shape& images,
                                          const std::vector<float>& pixels);
// The same of one image of the file's size and the file's outputs.
std::vector<std::vector<float>> run_graph(const FileGraph& file, const std::vector<float>& pixels);

// Value i is i * 37 mod 256, as TensorFlow was given it, then scaled to -1 to 1.
std::vector<float> made_picture(const FileGraph& file);

// The largest difference over the largest value of `expected`.
double relative_difference(const std::vector<float>& found, const std::vector<float>& expected);

FileGraph read_graph(const std::filesystem::path& path, const SourceOptions& options = {});
// A copy that ends where its memory ends.
SourceFile read_graph_copy(const std::string& bytes);
// The message of the Error that reading gives; "" where it succeeds.
std::string graph_refusal(const std::string& bytes);

// A file that TensorFlow wrote for the tests.
std::filesystem::path sample_file(const std::string& name);

}  // namespace graft::test
