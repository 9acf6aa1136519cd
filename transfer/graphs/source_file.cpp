#include "transfer/graphs/source_file.h"

#include "engine/check.h"
#if GRAFT_CAFFE
#include "transfer/graphs/caffe/caffe_reader.h"
#endif
#include "transfer/graphs/darknet/darknet_reader.h"
#include "transfer/graphs/keras/keras_file.h"
#if GRAFT_ONNX
#include "transfer/graphs/onnx/onnx_format.h"
#endif
#if GRAFT_TFLITE
#include "transfer/graphs/tflite/tflite_file.h"
#endif
#include "transfer/weights/mapped_file.h"

namespace graft {

namespace {

// The surest marks first: darknet's weights have next to none.
constexpr GraphFormat formats[] = {
    {"Keras", recognises_keras, read_keras},
#if GRAFT_TFLITE
    {"TensorFlow Lite", recognises_tflite, read_tflite},
#endif
#if GRAFT_ONNX
    {"ONNX", is_onnx, read_onnx},
#endif
#if GRAFT_CAFFE
    {"Caffe", recognises_caffe, read_caffe},
#endif
    {"darknet", recognises_darknet, read_darknet},
};

void check_no_graph(const std::string& name, const SourceOptions& options) {
  GRAFT_CHECK(options.outputs.empty() && options.graph.empty(), call, name,
              ": holds tensors without a graph, for which there is neither --graph nor --outputs");
}

std::string graph_format_names() {
  std::string names;
  for (const GraphFormat& format : formats) names.append(names.empty() ? "" : ", ").append(format.name);
  return names;
}

}  // namespace

std::span<const GraphFormat> graph_formats() { return formats; }

SourceFile read_source(const FileBytes& file, const SourceOptions& options) {
  for (const GraphFormat& format : graph_formats())
    if (format.recognises(file)) return format.read(file, options);
  GRAFT_CHECK(recognises_tensors(file), format, file.name,
              ": is neither a network that this build of graft reads (", graph_format_names(),
              ") nor a file of weights (", tensor_formats, ")");
  check_no_graph(file.name, options);
  return read_tensor_bytes(file.bytes, file.owner, file.name);
}

SourceFile read_source(const std::filesystem::path& path, const SourceOptions& options) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return read_source(map_file(path), options);
  check_no_graph(path.string(), options);
  return read_tensor_file(path);
}

}  // namespace graft
