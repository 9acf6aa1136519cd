#include "transfer/model/model_data.h"

#include "engine/check.h"

namespace graft {

NodeId ModelData::head_node() const {
  GRAFT_CHECK(!head.empty(), format, arch,
              " has no head: it does not end in one dense layer or 1x1 convolution");
  const NodeId id = graph.find(head);
  GRAFT_CHECK(id > 0, format, "the model has no layer '", head, "', which it calls its head");
  return id;
}

int64_t ModelData::output_count() const {
  for (const ParameterSpec& spec : graph[head_node()].layer->parameters())
    if (spec.name == "weight") return spec.shape[0];
  fail(ErrorCode::format, "the head '", head, "' has no weights");
}

Preprocessing preprocessing_of(const ModelData& model) {
  return with_image_size(parse_preprocessing(model.preprocessing), model.image_size);
}

}  // namespace graft
