#pragma once

#include <string>
#include <string_view>

#include "transfer/model/model_data.h"

namespace graft {

// Sets every layer's trainable flag. `what` is "head", "all", "last:N" (the head and all from the N-th freeze
// point from the end on), or comma-separated shell globs; a glob matches a layer by its name or by any dotted
// beginning of it ("layer4" is all of layer4), "!GLOB" takes away. The head trains unless it is taken away.
// Error{call} where N is out of range, or where a glob matches no layer with parameters: with the nearest
// names.
void freeze_all_but(ModelData& model, std::string_view what);

// Whether the shell glob matches the layer's name or a dotted beginning of it.
bool layer_matches(const std::string& glob, const std::string& layer);
// Error{call} naming the option and the nearest names where the glob matches no layer with parameters.
void check_glob(const ModelData& model, const std::string& glob, std::string_view option);

int64_t trainable_parameters(const ModelData& model);
int64_t total_parameters(const ModelData& model);

// FNV-1a (64 bits, hex) over the names and bytes of everything that must not move: all of frozen layers, and
// running statistics of the others unless `statistics_move`.
std::string frozen_state_hash(const ModelData& model, bool statistics_move);

}  // namespace graft
