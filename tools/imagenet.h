#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace graft {

// The 1000 classes of ILSVRC 2012, in the order in which published networks tell them apart.
const std::vector<std::string>& imagenet_names();
const std::vector<std::string>& imagenet_wordnet_ids();  // "n01440764"

// Names for a network of so many outputs: ILSVRC's 1000, or "background" and them, as TensorFlow has it. Empty
// for any other number.
std::vector<std::string> imagenet_classes(int64_t outputs);

// The class that a folder's name means: an index ("007"), a WordNet id or a class's name; -1 for none.
int imagenet_index(std::string_view folder);

}  // namespace graft
