#pragma once

#include <vector>

#include "engine/graph.h"
#include "layers/conv.h"

namespace graft {

// y = scale x + bias: one number for all channels, or one for each; empty: 1 and 0.
struct Affine {
  std::vector<double> scale, bias;

  bool identity() const { return scale.empty() && bias.empty(); }
  bool scalar() const { return scale.size() <= 1 && bias.size() <= 1; }
  double scalar_scale() const { return scale.empty() ? 1 : scale[0]; }
  double scalar_bias() const { return bias.empty() ? 0 : bias[0]; }
  void multiply(const std::vector<double>& factors);
  void add(const std::vector<double>& terms);
};

// A tensor of an ONNX network and where it is in ours. Much that ONNX writes as arithmetic is one layer here,
// or none: such arithmetic is kept with the value until an operation needs the numbers themselves.
struct OnnxValue {
  // How `dims` relate to the node's shape [N,H,W,C] or [N,C].
  enum class Layout {
    map,             // N,C,H,W
    map_last,        // N,H,W,C
    row,             // N,C, and ones; of a [N,C] or [N,1,1,C]
    columns,         // N,CHW in that order, of a [N,HWC]
    groups,          // N,G,C/G,H,W: the first half of a channel shuffle
    groups_swapped,  // N,C/G,G,H,W
  };
  // What else is still to be done.
  enum class Form {
    plain,
    normal_share,  // the share of the normal distribution below the node's values: a part of GELU
    softmax,       // along the channels, at the network's end
  };

  NodeId node = 0;
  std::vector<int64_t> dims;  // ONNX's, the batch first
  Layout layout = Layout::map;
  Affine affine = {};  // of the form's result
  Form form = Form::plain;
  Padding pad = {};         // zeros around it; then nothing else is pending
  bool sole_reader = true;  // nothing else reads the node

  bool padded() const { return pad.top || pad.left || pad.bottom || pad.right; }
  bool pending() const { return !affine.identity() || form != Form::plain || padded(); }
  // Of dims; -1 where no size counts channels.
  int channel_axis() const {
    if (layout == Layout::map || layout == Layout::row) return 1;
    return layout == Layout::map_last ? 3 : -1;
  }
};

}  // namespace graft
