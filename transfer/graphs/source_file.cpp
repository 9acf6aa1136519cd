#include "transfer/graphs/source_file.h"

#include "engine/check.h"
#include "transfer/weights/mapped_file.h"

namespace graft {

std::span<const GraphFormat> graph_formats() { return {}; }

SourceFile read_source(const FileBytes& file, const SourceOptions& options) {
  for (const GraphFormat& format : graph_formats())
    if (format.recognises(file)) return format.read(file, options);
  GRAFT_CHECK(options.outputs.empty() && options.graph.empty(), call, file.name,
              ": holds tensors without a graph, for which there is neither --graph nor --outputs");
  return read_tensor_bytes(file.bytes, file.owner, file.name);
}

SourceFile read_source(const std::filesystem::path& path, const SourceOptions& options) {
  return read_source(map_file(path), options);
}

}  // namespace graft
