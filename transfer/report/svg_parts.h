#pragma once

#include <functional>
#include <string>
#include <vector>

namespace graft {

// Evenly spaced round numbers (1, 2 or 5 times a power of ten) that enclose [low, high]: at least two, about
// `count`. An interval too narrow to tell its ends apart is widened.
std::vector<double> round_ticks(double low, double high, int count);

// What the report's plots are drawn with. All have the same frame.
namespace svg {

// In the units of the viewBox; the page scales the whole.
constexpr double width = 480, height = 290, left = 54, right = 12, top = 12, bottom = 44;

struct Scale {
  double low, high, from, to;
  double place(double value) const { return from + (value - low) / (high - low) * (to - from); }
  std::string at(double value) const;
};

std::string line(const std::string& style, double x1, double y1, double x2, double y2);
std::string label(const char* anchor, double x, double y, const std::string& content);

// Ticks for fractions where the values are, because the last points of accuracy are what one looks for; and
// how many decimals tell them apart as percentages.
std::vector<double> fraction_ticks(double low, double high);
int fraction_decimals(const std::vector<double>& ticks);

// A line of the grid and its text for each tick; the base line with its name; a tick on it.
std::string value_axis(const Scale& y, const std::vector<double>& ticks,
                       const std::function<std::string(double)>& tick_text);
std::string base_axis(const std::string& name);
std::string base_tick(double x, const std::string& content);

// A <figure> with its caption, which is escaped, and a legend, which is HTML.
std::string figure(const std::string& title, const std::string& legend, const std::string& plot);

}  // namespace svg
}  // namespace graft
