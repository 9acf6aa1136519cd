#include "transfer/report/scatter.h"

#include <algorithm>
#include <cmath>

#include "transfer/report/html_text.h"
#include "transfer/report/svg_parts.h"

namespace graft {
namespace {

using namespace svg;

struct Frame {
  Scale x, y;
  std::vector<double> y_ticks;
  double at_x(double value) const { return x.place(std::log10(value)); }
};

// With room on the right for the names.
Frame frame_of(const std::vector<ScatterPoint>& points) {
  const auto [left_most, right_most] = std::ranges::minmax(points, {}, &ScatterPoint::x);
  const auto [lowest, highest] = std::ranges::minmax(points, {}, &ScatterPoint::y);
  double low = std::log10(left_most.x), high = std::log10(right_most.x);
  if (high - low < 0.1) low -= 0.5, high += 0.5;
  Frame frame{{low, high, left + 10, width - right - 70}, {}, fraction_ticks(lowest.y, highest.y)};
  frame.y = {frame.y_ticks.front(), frame.y_ticks.back(), height - bottom, top};
  return frame;
}

// 1, 2 and 5 times the powers of ten; the powers alone where those would be many.
std::string x_axis(const Scatter& scatter, const Frame& frame) {
  std::string out = base_axis(html_escape(scatter.x_name));
  const bool few = frame.x.high - frame.x.low < 2.5;
  for (int power = static_cast<int>(std::floor(frame.x.low)); power <= std::ceil(frame.x.high); ++power)
    for (const double unit : {1.0, 2.0, 5.0}) {
      const double value = unit * std::pow(10, power), place = std::log10(value);
      if ((unit == 1 || few) && place >= frame.x.low - 1e-9 && frame.x.place(place) <= width - right)
        out += base_tick(frame.x.place(place), short_text(value));
    }
  return out;
}

std::string line_of(const std::vector<ScatterPoint>& points, const Frame& frame) {
  std::string places;
  for (const ScatterPoint& point : points)
    if (point.on_line) places += fixed_text(frame.at_x(point.x), 1) + "," + frame.y.at(point.y) + " ";
  return places.empty() ? places : "<polyline class=\"val\" points=\"" + places + "\"/>";
}

std::string dot(const ScatterPoint& point, const Frame& frame, const std::string& x_name) {
  const double x = frame.at_x(point.x), y = frame.y.place(point.y);
  const std::string name = html_escape(point.name);
  return "<circle class=\"" + std::string(point.hollow ? "hollow" : "val") + "\" cx=\"" + fixed_text(x, 1) +
         "\" cy=\"" + fixed_text(y, 1) + "\" r=\"4\"><title>" + name + ": " + percent_text(point.y, 2) +
         ", " + short_text(point.x) + " " + html_escape(x_name) + "</title></circle>" +
         (point.on_line ? label("start", x + 7, y + 4, name) : "");
}

std::string legend(const Scatter& scatter) {
  const auto key = [](const char* style, const std::string& name) {
    return name.empty() ? name
                        : std::string("<span class=\"key\"><i class=\"") + style + "\"></i>" +
                              html_escape(name) + "</span>";
  };
  return key("val disc", scatter.filled_name) + key("hollow disc", scatter.hollow_name) +
         key("val", scatter.line_name);
}

}  // namespace

std::string scatter_html(const Scatter& scatter) {
  std::vector<ScatterPoint> points;
  std::ranges::copy_if(scatter.points, std::back_inserter(points), [](const ScatterPoint& p) {
    return std::isfinite(p.x) && p.x > 0 && std::isfinite(p.y);
  });
  if (points.empty()) return {};
  std::ranges::stable_sort(points, {}, &ScatterPoint::x);
  const Frame frame = frame_of(points);
  const int decimals = fraction_decimals(frame.y_ticks);
  std::string plot =
      value_axis(frame.y, frame.y_ticks, [&](double tick) { return percent_text(tick, decimals); }) +
      x_axis(scatter, frame) + line_of(points, frame);
  for (const ScatterPoint& point : points) plot += dot(point, frame, scatter.x_name);
  return figure(scatter.title, legend(scatter), plot);
}

}  // namespace graft
