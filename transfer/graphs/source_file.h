#pragma once

#include <variant>

#include "transfer/graphs/file_graph.h"
#include "transfer/weights/tensor_file.h"

namespace graft {

// What a file of any format holds: named tensors, or a graph with its own.
using SourceFile = std::variant<TensorFile, FileGraph>;

struct SourceOptions {
  std::string graph;                 // the other file of a pair (.prototxt, .cfg); empty: found beside it
  std::vector<std::string> outputs;  // tensors or nodes of the file at which the network ends; empty: its own
};

// One format that may hold a graph.
struct GraphFormat {
  std::string_view name;
  bool (*recognises)(const FileBytes& file);  // by content, reading little of it
  SourceFile (*read)(const FileBytes& file, const SourceOptions& options);
};

// Those this build reads.
std::span<const GraphFormat> graph_formats();

// Any file that graft reads, told by its content. Error{file} where it cannot be read, Error{format} where
// its content is not what it must be, or the network has an op that the engine has no layer for.
SourceFile read_source(const std::filesystem::path& path, const SourceOptions& options = {});
// From memory; the bytes live as long as owner does.
SourceFile read_source(const FileBytes& file, const SourceOptions& options = {});

}  // namespace graft
