#include "transfer/graphs/keras/keras_names.h"

namespace graft {

std::string_view keras_variable_of(std::string_view weight) {
  const size_t slash = weight.rfind('/');
  if (slash != weight.npos) weight.remove_prefix(slash + 1);
  return weight.substr(0, weight.find(':'));
}

std::string_view keras_layer_of(std::string_view weight) {
  const size_t slash = weight.rfind('/');
  return slash == weight.npos ? std::string_view() : weight.substr(0, slash);
}

std::vector<std::string_view> keras_name_list(Hdf5File& file, std::string_view path,
                                              std::string_view attribute) {
  std::vector<std::string_view> all = file.texts(path, attribute);
  if (!all.empty()) return all;
  for (int i = 0;; ++i) {
    const std::vector<std::string_view> part = file.texts(path, std::string(attribute) + std::to_string(i));
    if (part.empty()) return all;
    all.insert(all.end(), part.begin(), part.end());
  }
}

}  // namespace graft
