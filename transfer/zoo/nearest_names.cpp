#include "transfer/zoo/nearest_names.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace graft {

namespace {

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string nearest_names(std::string_view name, std::span<const std::string_view> known) {
  constexpr size_t most = 3, longest = 200;
  struct Candidate {
    size_t distance;
    std::string_view name;
  };
  std::vector<Candidate> candidates;
  for (std::string_view other : known) {
    const size_t distance = edit_distance(name.substr(0, longest), other);
    if (distance < std::max(name.size(), other.size())) candidates.push_back({distance, other});
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.distance < b.distance; });
  candidates.resize(std::min(most, candidates.size()));
  std::string list;
  for (size_t i = 0; i < candidates.size(); ++i) {
    if (i > 0) list += i + 1 == candidates.size() ? " or " : ", ";
    list += candidates[i].name;
  }
  return list;
}

}  // namespace graft
