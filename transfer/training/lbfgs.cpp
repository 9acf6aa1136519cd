#include "transfer/training/lbfgs.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>

#include "engine/check.h"
#include "transfer/training/line_search.h"

namespace graft {

namespace {

using Vector = std::vector<double>;

// Eight sums, in an order of their own, so that the compiler may use vectors.
double dot(const Vector& a, const Vector& b) {
  constexpr size_t lanes = 8;
  double sums[lanes] = {};
  size_t i = 0;
  for (; i + lanes <= a.size(); i += lanes)
    for (size_t lane = 0; lane < lanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  for (; i < a.size(); ++i) sums[0] += a[i] * b[i];
  double sum = 0;
  for (double lane : sums) sum += lane;
  return sum;
}

double norm(const Vector& a) { return std::sqrt(dot(a, a)); }

// y += factor x
void add_scaled(double factor, const Vector& x, Vector& y) {
  for (size_t i = 0; i < x.size(); ++i) y[i] += factor * x[i];
}

Vector difference(const Vector& a, const Vector& b) {
  Vector d(a.size());
  std::transform(a.begin(), a.end(), b.begin(), d.begin(), std::minus());
  return d;
}

// The inverse Hessian as the last steps show it.
class InverseHessian {
 public:
  explicit InverseHessian(int pairs) : most_(static_cast<size_t>(pairs)) {}

  bool empty() const { return pairs_.empty(); }
  void forget() { pairs_.clear(); }

  // A step and the gradient's change over it. Left out where the curvature is lost in rounding.
  void add(Vector step, Vector change) {
    const double product = dot(step, change), square = dot(change, change);
    if (!(product > std::numeric_limits<double>::epsilon() * square)) return;
    if (pairs_.size() == most_) pairs_.pop_front();
    pairs_.push_back({std::move(step), std::move(change), 1 / product});
    scale_ = product / square;
  }

  // v = H v, by two loops over the pairs.
  void apply(Vector& v) const {
    Vector shares(pairs_.size());
    for (size_t i = pairs_.size(); i-- > 0;) {
      shares[i] = pairs_[i].inverse_product * dot(pairs_[i].step, v);
      add_scaled(-shares[i], pairs_[i].change, v);
    }
    if (!empty())
      for (double& value : v) value *= scale_;
    for (size_t i = 0; i < pairs_.size(); ++i) {
      const double share = pairs_[i].inverse_product * dot(pairs_[i].change, v);
      add_scaled(shares[i] - share, pairs_[i].step, v);
    }
  }

 private:
  struct Pair {
    Vector step, change;
    double inverse_product;
  };
  std::deque<Pair> pairs_;
  size_t most_;
  double scale_ = 1;
};

}  // namespace

LbfgsResult minimise(const SmoothFunction& f, std::vector<double>& x, const LbfgsOptions& options,
                     const std::function<void(const LbfgsResult&)>& iterated) {
  Vector gradient(x.size()), direction, trial(x.size()), trial_gradient(x.size());
  LbfgsResult result;
  const auto evaluate = [&](const Vector& at, Vector& slope) {
    ++result.evaluations;
    return f(at, slope);
  };
  result.value = evaluate(x, gradient);
  result.gradient_norm = norm(gradient);
  GRAFT_CHECK(std::isfinite(result.value) && std::isfinite(result.gradient_norm), call,
              "what is to be minimised is ", result.value, " at the start, its gradient ",
              result.gradient_norm, "; neither may be infinite or NaN");

  InverseHessian hessian(options.pairs);
  while (result.gradient_norm > options.gradient_norm) {
    if (result.iterations == options.max_iterations) return result;
    direction = gradient;
    hessian.apply(direction);
    for (double& value : direction) value = -value;
    const auto along = [&](double step) {
      trial = x;
      add_scaled(step, direction, trial);
      const double value = evaluate(trial, trial_gradient);
      return LinePoint{step, value, dot(trial_gradient, direction)};
    };
    const double slope = dot(gradient, direction);
    const double first = hessian.empty() ? std::min(1.0, 1 / result.gradient_norm) : 1;
    const auto found = slope < 0 ? strong_wolfe_step(along, {0, result.value, slope}, first) : std::nullopt;
    if (!found) {
      if (hessian.empty()) return result.end = LbfgsEnd::no_decrease, result;
      hessian.forget();  // steepest descent is the last resort
      continue;
    }
    hessian.add(difference(trial, x), difference(trial_gradient, gradient));
    x.swap(trial);
    gradient.swap(trial_gradient);
    result.value = found->value;
    result.gradient_norm = norm(gradient);
    ++result.iterations;
    if (iterated) iterated(result);
  }
  result.end = LbfgsEnd::converged;
  return result;
}

}  // namespace graft
