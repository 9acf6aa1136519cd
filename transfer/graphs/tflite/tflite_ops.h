#pragma once

#include "transfer/graphs/tensorflow/tf_net.h"
#include "transfer/graphs/tflite/tflite_model.h"
#include "transfer/graphs/tflite/tflite_names.h"

namespace graft {

// What an op's function is given; it adds the op's layers to `net`.
struct TfliteBuild {
  TfNet& net;
  TfliteModel& model;
  const TfliteNode& node;
  std::string name;             // for the layer
  std::vector<TfValue> inputs;  // by position; constants have a place, too
  std::vector<int> constants;   // by position: the tensor where it is one, else -1
  bool keep_map;                // whether what comes out will be needed as [N,1,1,C]

  const TfValue& x() const;
  [[noreturn]] void fail_here(const std::string& what) const { net.fail_at(name, what); }
  const TfliteTensor& output() const { return model.tensors()[static_cast<size_t>(node.outputs[0])]; }
  const TfliteNode* reader()
      const;  // the one node that reads the output; null where there is none or several
  bool is_constant(size_t position) const { return position < constants.size() && constants[position] >= 0; }
  HostTensor constant(size_t position) const;
  std::vector<int64_t> integers(size_t position) const;
  TfValue activated(const TfValue& x, int activation) const;
  template <class Options>
  const Options& options() const {
    const auto* found = node.record->options_as<Options>();
    if (!found) fail_here("has no options; the file is damaged");
    return *found;
  }
};

// Adds a node; Error{format} naming op and node where there is no layer for it.
TfValue add_tflite_op(TfliteBuild& build);

}  // namespace graft
