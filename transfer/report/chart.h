#pragma once

#include <string>
#include <vector>

namespace graft {

struct Series {
  std::string name;
  std::string style;           // "train" or "val": the class that gives it its colour
  std::vector<double> values;  // one per x; one that is not finite leaves a gap
};

struct ReferenceLine {
  std::string name;
  double value = 0;
};

struct Chart {
  std::string title;
  std::vector<double> x;  // epochs
  std::vector<Series> series;
  std::vector<ReferenceLine> references;  // dashed
  bool percent = false;                   // values are fractions, shown as percentages
};

// A <figure> with a legend and an inline SVG: axes, ticks, curves, a tooltip at each point.
std::string chart_html(const Chart&);

}  // namespace graft
