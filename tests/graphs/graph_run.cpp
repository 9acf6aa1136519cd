#include "graphs/graph_run.h"

#include <algorithm>
#include <cmath>

#include "engine/device.h"
#include "support/error_text.h"
#include "support/paths.h"
#include "transfer/training/session.h"

namespace graft::test {

std::vector<std::vector<float>> run_graph(const Graph& graph, const Weights& weights,
                                          const std::vector<std::string>& outputs, const Shape& images,
                                          const std::vector<float>& pixels) {
  const auto device = open_device("cpu", {.threads = 1});
  Session session(*device, graph, weights, ExecutorOptions{});
  std::vector<NodeId> wanted;
  for (const std::string& name : outputs) wanted.push_back(graph.find(name));
  const float* inputs[] = {pixels.data()};
  return session.infer({0}, {images}, inputs, wanted);
}

std::vector<std::vector<float>> run_graph(const FileGraph& file, const std::vector<float>& pixels) {
  const Shape image{1, file.height, file.width, file.graph.input_channels()};
  return run_graph(file.graph, file.weights, file.outputs, image, pixels);
}

std::vector<float> made_picture(const FileGraph& file) {
  std::vector<float> values(static_cast<size_t>(file.height * file.width * file.graph.input_channels()));
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i * 37 % 256) / 127.5f - 1;
  return values;
}

double relative_difference(const std::vector<float>& found, const std::vector<float>& expected) {
  if (found.size() != expected.size()) return INFINITY;
  double difference = 0, largest = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    if (!std::isfinite(found[i])) return INFINITY;
    difference = std::max(difference, std::abs(double{found[i]} - double{expected[i]}));
    largest = std::max(largest, std::abs(double{expected[i]}));
  }
  return difference / largest;
}

FileGraph read_graph(const std::filesystem::path& path, const SourceOptions& options) {
  return std::get<FileGraph>(read_source(path, options));
}

SourceFile read_graph_copy(const std::string& bytes) {
  const auto copy = std::make_shared<std::vector<std::byte>>(bytes.size());
  std::transform(bytes.begin(), bytes.end(), copy->begin(), [](char c) { return static_cast<std::byte>(c); });
  return read_source(FileBytes{"sample", *copy, copy});
}

std::string graph_refusal(const std::string& bytes) {
  return error_of([&] { read_graph_copy(bytes); });
}

std::filesystem::path sample_file(const std::string& name) {
  return std::filesystem::path(source_dir) / "tests/graphs/samples" / name;
}

}  // namespace graft::test
