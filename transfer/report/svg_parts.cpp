#include "transfer/report/svg_parts.h"

#include <algorithm>
#include <cmath>

#include "transfer/report/html_text.h"

namespace graft {

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

namespace svg {

std::string Scale::at(double value) const { return fixed_text(place(value), 1); }

std::string line(const std::string& style, double x1, double y1, double x2, double y2) {
  return "<line class=\"" + style + "\" x1=\"" + fixed_text(x1, 1) + "\" y1=\"" + fixed_text(y1, 1) +
         "\" x2=\"" + fixed_text(x2, 1) + "\" y2=\"" + fixed_text(y2, 1) + "\"/>";
}

std::string label(const char* anchor, double x, double y, const std::string& content) {
  return std::string("<text text-anchor=\"") + anchor + "\" x=\"" + fixed_text(x, 1) + "\" y=\"" +
         fixed_text(y, 1) + "\">" + content + "</text>";
}

std::vector<double> fraction_ticks(double low, double high) {
  if (high - low < 0.02) low -= 0.05, high += 0.05;
  return round_ticks(std::clamp(low, 0.0, 0.98), std::clamp(high, 0.02, 1.0), 5);
}

int fraction_decimals(const std::vector<double>& ticks) {
  return ticks.size() > 1 && ticks[1] - ticks[0] < 0.00999 ? 1 : 0;
}

std::string value_axis(const Scale& y, const std::vector<double>& ticks,
                       const std::function<std::string(double)>& tick_text) {
  std::string out;
  for (const double tick : ticks) {
    out += line("grid", left, y.place(tick), width - right, y.place(tick));
    out += label("end", left - 7, y.place(tick) + 4, tick_text(tick));
  }
  return out + line("axis", left, top, left, height - bottom);
}

std::string base_axis(const std::string& name) {
  return line("axis", left, height - bottom, width - right, height - bottom) +
         label("middle", (left + width - right) / 2, height - 6, name);
}

std::string base_tick(double x, const std::string& content) {
  return line("axis", x, height - bottom, x, height - bottom + 5) +
         label("middle", x, height - bottom + 19, content);
}

std::string figure(const std::string& title, const std::string& legend, const std::string& plot) {
  return "<figure class=\"chart\"><figcaption><b>" + html_escape(title) + "</b>" + legend +
         "</figcaption><svg viewBox=\"0 0 " + fixed_text(width, 0) + " " + fixed_text(height, 0) +
         "\" role=\"img\" aria-label=\"" + html_escape(title) + "\">" + plot + "</svg></figure>\n";
}

}  // namespace svg
}  // namespace graft
