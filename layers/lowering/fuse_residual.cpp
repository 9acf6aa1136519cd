#include <algorithm>

#include "layers/add.h"
#include "layers/conv.h"
#include "layers/lowering/rules.h"

namespace graft {

void fuse_residual(CallList& list, const Lowering&) {
  for (int i = 0; i < static_cast<int>(list.calls.size()); ++i) {
    const LayerCall& addition = list.calls[i];
    if (!dynamic_cast<const AddLayer*>(addition.node->layer.get()) ||
        addition.sources[0] == addition.sources[1])
      continue;
    const int producers[] = {list.producer(addition.sources[0]), list.producer(addition.sources[1])};
    // The later producer: the other operand is then known when it runs.
    const int side = producers[0] > producers[1] ? 0 : 1;
    const int before = producers[side];
    if (before < 0 || list.readers[addition.sources[side]] != 1) continue;
    LayerCall& conv = list.calls[before];
    if (!dynamic_cast<const Conv*>(conv.node->layer.get())) continue;
    conv.sources.push_back(addition.sources[1 - side]);
    const int operand = static_cast<int>(conv.sources.size()) - 1;
    list.merge(before, i--, {addition.node, operand});
  }
}

}  // namespace graft
