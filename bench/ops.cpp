#include "bench/ops.h"

#include <set>
#include <string>

#include "engine/check.h"

namespace graft::bench {

std::vector<OpPass> op_passes() {
  std::vector<OpPass> all;
  for (const auto passes : {conv_passes(), dense_passes(), memory_passes(), channel_passes()})
    all.insert(all.end(), passes.begin(), passes.end());
  return all;
}

OpPass find_op_pass(std::string_view op, std::string_view pass) {
  std::set<std::string> ops, passes;
  for (const OpPass& found : op_passes()) {
    if (found.op == op && found.pass == pass) return found;
    ops.insert(" " + std::string(found.op));
    if (found.op == op) passes.insert(" " + std::string(found.pass));
  }
  const auto list = [](const std::set<std::string>& names) {
    std::string all;
    for (const std::string& name : names) all += name;
    return all;
  };
  GRAFT_CHECK(!passes.empty(), call, "--op ", op, " is unknown; there are", list(ops));
  fail(ErrorCode::call, "--pass ", pass, " is unknown; ", op, " has", list(passes));
}

}  // namespace graft::bench
