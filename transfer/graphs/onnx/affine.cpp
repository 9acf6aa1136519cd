#include "engine/check.h"
#include "transfer/graphs/onnx/value.h"

namespace graft {

namespace {

// to[i] = op(to[i], by[i]), a single number standing for all channels.
template <class Op>
void combine(std::vector<double>& to, const std::vector<double>& by, double neutral, Op op) {
  if (by.empty()) return;
  if (to.empty()) to = {neutral};
  GRAFT_CHECK(to.size() == by.size() || to.size() == 1 || by.size() == 1, shape, "numbers for ", to.size(),
              " and for ", by.size(), " channels meet");
  if (to.size() == 1 && by.size() > 1) to.assign(by.size(), to[0]);
  for (size_t i = 0; i < to.size(); ++i) to[i] = op(to[i], by[by.size() == 1 ? 0 : i]);
}

void drop_neutral(std::vector<double>& values, double neutral) {
  if (values.size() == 1 && values[0] == neutral) values.clear();
}

}  // namespace

void Affine::multiply(const std::vector<double>& factors) {
  const auto times = [](double a, double b) { return a * b; };
  combine(scale, factors, 1, times);
  if (!bias.empty()) combine(bias, factors, 0, times);
  drop_neutral(scale, 1);
}

void Affine::add(const std::vector<double>& terms) {
  combine(bias, terms, 0, [](double a, double b) { return a + b; });
  drop_neutral(bias, 0);
}

}  // namespace graft
