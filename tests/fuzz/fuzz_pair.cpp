#include "fuzz_pair.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "engine/error.h"
#include "heap_watch.h"
#include "read_all.h"

namespace graft::fuzz {

namespace {

std::filesystem::path graph_file(const char* extension) {
  return std::filesystem::temp_directory_path() /
         ("graft-fuzz-" + std::to_string(getpid()) + "." + extension);
}

}  // namespace

int read_pair(const uint8_t* data, size_t size, const char* graph_extension, const char* weights_extension) {
  uint16_t length = 0;
  if (size < sizeof length) return 0;
  std::memcpy(&length, data, sizeof length);
  const auto* text = reinterpret_cast<const char*>(data) + sizeof length;
  const size_t rest = size - sizeof length, graph = std::min<size_t>(length, rest);
  const std::filesystem::path path = graph_file(graph_extension);
  std::ofstream(path, std::ios::binary).write(text, static_cast<std::streamsize>(graph));

  std::filesystem::path weights = path;
  weights.replace_extension(weights_extension);
  const HeapWatch watch(size);
  try {
    use(read_source(FileBytes{
        weights.string(), {reinterpret_cast<const std::byte*>(text) + graph, rest - graph}, nullptr}));
  } catch (const Error&) {
  }
  return 0;
}

std::string pair_input(const std::string& graph, const std::string& weights) {
  const auto length = static_cast<uint16_t>(graph.size());
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + graph + weights;
}

}  // namespace graft::fuzz
