#include "transfer/report/chart.h"

#include <algorithm>
#include <cmath>

#include "transfer/report/html_text.h"
#include "transfer/report/svg_parts.h"

namespace graft {
namespace {

using namespace svg;

constexpr size_t most_dots = 60;  // beyond this the dots would hide the curve

// A diverged loss can be too large to have room for its ticks in a double.
bool drawable(double value) { return std::abs(value) < 1e100; }

std::vector<double> all_drawable(const Chart& chart) {
  std::vector<double> values;
  for (const Series& series : chart.series)
    std::copy_if(series.values.begin(), series.values.end(), std::back_inserter(values), drawable);
  for (const ReferenceLine& line : chart.references)
    if (drawable(line.value)) values.push_back(line.value);
  return values;
}

// Losses from zero.
std::vector<double> y_ticks(const Chart& chart) {
  const std::vector<double> values = all_drawable(chart);
  if (values.empty()) return {0, 1};
  const auto [low, high] = std::ranges::minmax(values);
  return chart.percent ? fraction_ticks(low, high) : round_ticks(std::min(0.0, low), high, 5);
}

std::string value_text(const Chart& chart, double value, int decimals) {
  return chart.percent ? percent_text(value, decimals) : short_text(value);
}

std::string axes(const Chart& chart, const Scale& x, const Scale& y, const std::vector<double>& ticks) {
  const int decimals = chart.percent ? fraction_decimals(ticks) : 0;
  std::string out = value_axis(y, ticks, [&](double tick) { return value_text(chart, tick, decimals); });
  const double step = std::max(1.0, round_ticks(x.low, x.high, 8)[1] - round_ticks(x.low, x.high, 8)[0]);
  for (double tick = std::ceil(x.low / step) * step; tick <= x.high; tick += step)
    out += base_tick(x.place(tick), fixed_text(tick, 0));
  return out + base_axis("epoch");
}

// One polyline for each run of finite values.
std::string curve(const Chart& chart, const Series& series, const Scale& x, const Scale& y) {
  const size_t count = std::min(chart.x.size(), series.values.size());
  std::string out, points, dots;
  for (size_t i = 0; i <= count; ++i) {
    if (i < count && drawable(series.values[i])) {
      const std::string at_x = x.at(chart.x[i]), at_y = y.at(series.values[i]);
      points += at_x + "," + at_y + " ";
      dots += "<circle class=\"" + series.style + (count > most_dots ? " faint" : "") + "\" cx=\"" + at_x +
              "\" cy=\"" + at_y + "\" r=\"3\"><title>epoch " + fixed_text(chart.x[i], 0) + ": " +
              html_escape(series.name) + " " + value_text(chart, series.values[i], 2) + "</title></circle>";
    } else if (!points.empty()) {
      out += "<polyline class=\"" + series.style + "\" points=\"" + points + "\"/>";
      points.clear();
    }
  }
  return out + dots;
}

std::string legend(const Chart& chart) {
  std::string html;
  for (const Series& series : chart.series)
    html +=
        "<span class=\"key\"><i class=\"" + series.style + "\"></i>" + html_escape(series.name) + "</span>";
  for (const ReferenceLine& reference : chart.references)
    html += "<span class=\"key\"><i class=\"reference\"></i>" + html_escape(reference.name) + "</span>";
  return html;
}

}  // namespace

std::string chart_html(const Chart& chart) {
  const std::vector<double> ticks = y_ticks(chart);
  double first = chart.x.empty() ? 1 : chart.x.front(), last = chart.x.empty() ? 1 : chart.x.back();
  if (first == last) first -= 0.5, last += 0.5;
  const Scale x{first, last, left + 8, width - right - 8};
  const Scale y{ticks.front(), ticks.back(), height - bottom, top};

  std::string plot = axes(chart, x, y, ticks);
  for (const ReferenceLine& reference : chart.references)
    if (drawable(reference.value))
      plot += line("reference", left, y.place(reference.value), width - right, y.place(reference.value));
  for (const Series& series : chart.series) plot += curve(chart, series, x, y);
  return figure(chart.title, legend(chart), plot);
}

}  // namespace graft
