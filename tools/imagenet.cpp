#include "tools/imagenet.h"

#include <algorithm>
#include <charconv>
#include <sstream>

namespace graft {

extern const char* const imagenet_names_text;  // both made from text files by the build
extern const char* const imagenet_wordnet_ids_text;

namespace {

std::vector<std::string> lines_of(const char* text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) lines.push_back(line);
  return lines;
}

int position(const std::vector<std::string>& list, std::string_view wanted) {
  const auto found = std::find(list.begin(), list.end(), wanted);
  return found == list.end() ? -1 : static_cast<int>(found - list.begin());
}

}  // namespace

const std::vector<std::string>& imagenet_names() {
  static const std::vector<std::string> names = lines_of(imagenet_names_text);
  return names;
}

const std::vector<std::string>& imagenet_wordnet_ids() {
  static const std::vector<std::string> ids = lines_of(imagenet_wordnet_ids_text);
  return ids;
}

std::vector<std::string> imagenet_classes(int64_t outputs) {
  std::vector<std::string> names = imagenet_names();
  const auto known = static_cast<int64_t>(names.size());
  if (outputs == known + 1) names.insert(names.begin(), "background");
  return outputs == known || outputs == known + 1 ? names : std::vector<std::string>();
}

int imagenet_index(std::string_view folder) {
  int index = -1;
  const auto [end, error] = std::from_chars(folder.data(), folder.data() + folder.size(), index);
  if (error == std::errc() && end == folder.data() + folder.size())
    return index >= 0 && index < static_cast<int>(imagenet_names().size()) ? index : -1;
  const int id = position(imagenet_wordnet_ids(), folder);
  return id >= 0 ? id : position(imagenet_names(), folder);
}

}  // namespace graft
