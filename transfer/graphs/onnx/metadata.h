#pragma once

#include "transfer/graphs/file_graph.h"
#include "transfer/graphs/onnx/onnx.pb.h"

namespace graft {

// What an ONNX file of ours says about its network beyond the graph, in ModelProto.metadata_props.
constexpr std::string_view onnx_classes_key = "graft.classes";              // one name a line
constexpr std::string_view onnx_preprocessing_key = "graft.preprocessing";  // what preprocess.h parses
constexpr std::string_view onnx_name_key = "graft.network";

// Class names, preprocessing and the network's name, where the file has them and they make sense.
void read_onnx_metadata(const onnx_file::Model& model, FileGraph& to);

}  // namespace graft
