#pragma once

#include <string>
#include <vector>

namespace graft {

struct ScatterPoint {
  std::string name;
  double x = 0, y = 0;  // y is a fraction, shown as a percentage
  bool hollow = false;
  bool on_line = false;  // of those that a line joins, from left to right
};

struct Scatter {
  std::string title, x_name;
  std::string filled_name, hollow_name, line_name;  // for the legend
  std::vector<ScatterPoint> points;                 // those whose x is not above 0 are left out
};

// A <figure> with a legend and an inline SVG: x by its logarithm, each point with its name, a tooltip with
// its numbers.
std::string scatter_html(const Scatter&);

}  // namespace graft
