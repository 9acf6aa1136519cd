#include "read_all.h"

#include "engine/error.h"
#include "transfer/model/graph_import.h"
#include "transfer/model/model_file.h"
#include "transfer/weights/tensor_values.h"

namespace graft::fuzz {

namespace {

void check_shapes(const ModelData& model) {
  model.graph.shapes({1, model.image_size, model.image_size, model.graph.input_channels()});
}

}  // namespace

void use(SourceFile source) {
  if (auto* graph = std::get_if<FileGraph>(&source)) return check_shapes(import_graph(std::move(*graph), {}));
  const TensorFile& file = std::get<TensorFile>(source);
  for (const NamedTensor& tensor : file.tensors()) to_float32(tensor);
  if (is_model_file(file)) check_shapes(read_model(file));
}

}  // namespace graft::fuzz
