#include "transfer/cost/points.h"

#include "engine/check.h"
#include "transfer/model/freeze.h"

namespace graft {

std::vector<std::string> default_points(const ModelData& model) {
  constexpr size_t few = 5;
  const size_t count = model.freeze_points.size();
  std::vector<std::string> points{"head"};
  for (size_t n = 1; n < count; n = count <= few ? n + 1 : 2 * n) points.push_back(text("last:", n));
  points.push_back("all");
  return points;
}

ModelData at_point(const ModelData& model, const std::string& point) {
  GRAFT_CHECK(point == "head" || point == "all" || point.starts_with("last:"), call, "--points: '", point,
              "' is not head, last:N or all");
  ModelData frozen = model;
  freeze_all_but(frozen, point);
  return frozen;
}

}  // namespace graft
