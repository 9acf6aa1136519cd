#include "transfer/report/chart.h"

#include <algorithm>
#include <cmath>

#include "transfer/report/html_text.h"

namespace graft {
namespace {

// In the units of the viewBox; the page scales the whole.
constexpr double width = 480, height = 290, left = 54, right = 12, top = 12, bottom = 44;
constexpr size_t most_dots = 60;  // beyond this the dots would hide the curve

struct Scale {
  double low, high, from, to;
  double place(double value) const { return from + (value - low) / (high - low) * (to - from); }
  std::string at(double value) const { return fixed_text(place(value), 1); }
};

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

// Losses from zero; fractions where the curves are, because the last points of accuracy are what one looks
// for.
std::vector<double> y_ticks(const Chart& chart) {
  const std::vector<double> values = all_drawable(chart);
  if (values.empty()) return {0, 1};
  double low = *std::min_element(values.begin(), values.end());
  double high = *std::max_element(values.begin(), values.end());
  if (!chart.percent) return round_ticks(std::min(0.0, low), high, 5);
  if (high - low < 0.02) low -= 0.05, high += 0.05;
  return round_ticks(std::clamp(low, 0.0, 0.98), std::clamp(high, 0.02, 1.0), 5);
}

std::string value_text(const Chart& chart, double value, int decimals) {
  return chart.percent ? percent_text(value, decimals) : short_text(value);
}

std::string line(const std::string& style, const std::string& x1, const std::string& y1,
                 const std::string& x2, const std::string& y2) {
  return "<line class=\"" + style + "\" x1=\"" + x1 + "\" y1=\"" + y1 + "\" x2=\"" + x2 + "\" y2=\"" + y2 +
         "\"/>";
}

std::string label(const char* anchor, const std::string& x, const std::string& y,
                  const std::string& content) {
  return std::string("<text text-anchor=\"") + anchor + "\" x=\"" + x + "\" y=\"" + y + "\">" + content +
         "</text>";
}

std::string axes(const Chart& chart, const Scale& x, const Scale& y, const std::vector<double>& ticks) {
  const std::string x0 = fixed_text(left, 1), x1 = fixed_text(width - right, 1);
  const int decimals = chart.percent && ticks.size() > 1 && ticks[1] - ticks[0] < 0.00999 ? 1 : 0;
  std::string svg;
  for (double tick : ticks) {
    svg += line("grid", x0, y.at(tick), x1, y.at(tick));
    svg += label("end", fixed_text(left - 7, 1), fixed_text(y.place(tick) + 4, 1),
                 value_text(chart, tick, decimals));
  }
  const std::string base = fixed_text(height - bottom, 1), below = fixed_text(height - bottom + 5, 1);
  svg += line("axis", x0, base, x1, base) + line("axis", x0, fixed_text(top, 1), x0, base);
  const double step = std::max(1.0, round_ticks(x.low, x.high, 8)[1] - round_ticks(x.low, x.high, 8)[0]);
  for (double tick = std::ceil(x.low / step) * step; tick <= x.high; tick += step) {
    svg += line("axis", x.at(tick), base, x.at(tick), below);
    svg += label("middle", x.at(tick), fixed_text(height - bottom + 19, 1), fixed_text(tick, 0));
  }
  return svg + label("middle", fixed_text((left + width - right) / 2, 1), fixed_text(height - 6, 1), "epoch");
}

// One polyline for each run of finite values.
std::string curve(const Chart& chart, const Series& series, const Scale& x, const Scale& y) {
  const size_t count = std::min(chart.x.size(), series.values.size());
  std::string svg, points, dots;
  for (size_t i = 0; i <= count; ++i) {
    if (i < count && drawable(series.values[i])) {
      const std::string at_x = x.at(chart.x[i]), at_y = y.at(series.values[i]);
      points += at_x + "," + at_y + " ";
      dots += "<circle class=\"" + series.style + (count > most_dots ? " faint" : "") + "\" cx=\"" + at_x +
              "\" cy=\"" + at_y + "\" r=\"3\"><title>epoch " + fixed_text(chart.x[i], 0) + ": " +
              html_escape(series.name) + " " + value_text(chart, series.values[i], 2) + "</title></circle>";
    } else if (!points.empty()) {
      svg += "<polyline class=\"" + series.style + "\" points=\"" + points + "\"/>";
      points.clear();
    }
  }
  return svg + dots;
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

std::vector<double> round_ticks(double low, double high, int count) {
  const double largest = std::max(std::abs(low), std::abs(high));
  if (!(high - low > std::max(1e-6 * largest, 1e-12))) high = low + std::max(0.1 * largest, 1e-3);
  const double rough = (high - low) / std::max(count - 1, 1);
  const double power = std::pow(10, std::floor(std::log10(rough)));
  const double unit = rough / power;
  const double step = power * (unit <= 1 ? 1 : unit <= 2 ? 2 : unit <= 5 ? 5 : 10);
  std::vector<double> ticks;
  const double first = std::floor(low / step + 1e-9), last = std::ceil(high / step - 1e-9);
  for (double i = first; i <= last; ++i) ticks.push_back(i * step);
  return ticks;
}

std::string chart_html(const Chart& chart) {
  const std::vector<double> ticks = y_ticks(chart);
  double first = chart.x.empty() ? 1 : chart.x.front(), last = chart.x.empty() ? 1 : chart.x.back();
  if (first == last) first -= 0.5, last += 0.5;
  const Scale x{first, last, left + 8, width - right - 8};
  const Scale y{ticks.front(), ticks.back(), height - bottom, top};

  std::string svg = axes(chart, x, y, ticks);
  for (const ReferenceLine& reference : chart.references)
    if (drawable(reference.value))
      svg += line("reference", fixed_text(left, 1), y.at(reference.value), fixed_text(width - right, 1),
                  y.at(reference.value));
  for (const Series& series : chart.series) svg += curve(chart, series, x, y);
  return "<figure class=\"chart\"><figcaption><b>" + html_escape(chart.title) + "</b>" + legend(chart) +
         "</figcaption><svg viewBox=\"0 0 " + fixed_text(width, 0) + " " + fixed_text(height, 0) +
         "\" role=\"img\" aria-label=\"" + html_escape(chart.title) + "\">" + svg + "</svg></figure>\n";
}

}  // namespace graft
