#pragma once

#include <vector>

namespace graft {

double median(std::vector<double> values);       // of at least one
double mean(const std::vector<double>& values);  // of at least one
// Of a sample, n - 1 in the denominator; 0 of a single value.
double standard_deviation(const std::vector<double>& values);

// Of repeated measurements.
struct Spread {
  double median = 0, min = 0, max = 0;
  int runs = 0;
};
Spread spread_of(const std::vector<double>& values);  // of at least one

}  // namespace graft
