#include <algorithm>
#include <cmath>
#include <numeric>

#include "transfer/report/html_text.h"
#include "transfer/report/report_sections.h"

namespace graft {
namespace {

constexpr size_t most_classes_in_matrix = 30;
constexpr size_t most_rows = 30;      // longer tables are folded
constexpr size_t longest_header = 8;  // more classes than this have numbers as column heads

std::string name_of(const TrainingReport& report, int64_t index) {
  return html_escape(report.classes[static_cast<size_t>(index)]);
}

std::string class_row(const TrainingReport& report, int64_t index, const ClassResult& result) {
  std::string html = "<tr><td class=\"name\">" + name_of(report, index) + "</td><td>" +
                     count_text(result.images) + "</td><td>" + count_text(result.correct) + "</td>";
  if (!result.accuracy) return html + "<td>\xE2\x80\x93</td><td></td><td></td></tr>";
  const Interval interval = wilson_interval(result.correct, result.images);
  return html + "<td>" + percent_text(*result.accuracy) +
         "</td><td><span class=\"bar\"><i style=\"width:" + fixed_text(100 * *result.accuracy, 1) +
         "%\"></i></span></td><td class=\"quiet\">" + fixed_text(100 * interval.low, 0) + "\xE2\x80\x93" +
         percent_text(interval.high, 0) + "</td></tr>";
}

// Few classes keep their order; of many the worst come first, those without images last.
std::vector<int64_t> class_order(const std::vector<ClassResult>& results) {
  std::vector<int64_t> order(results.size());
  std::iota(order.begin(), order.end(), 0);
  if (results.size() <= most_rows) return order;
  const auto key = [&](int64_t c) { return results[static_cast<size_t>(c)].accuracy.value_or(2); };
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return key(a) < key(b); });
  return order;
}

// A share of 0 must stay visible as "some", and 1 must leave the figure readable.
std::string cell(const TrainingReport& report, int64_t truth, int64_t predicted) {
  const int64_t images = report.confusion.count(truth, predicted);
  if (images == 0) return "<td class=\"none\">0</td>";
  const double share = static_cast<double>(images) / static_cast<double>(report.confusion.images_of(truth));
  return std::string("<td class=\"") + (truth == predicted ? "right" : "wrong") +
         "\" style=\"--share:" + fixed_text(0.08 + 0.47 * share, 2) + "\" title=\"" + name_of(report, truth) +
         " taken for " + name_of(report, predicted) + ": " + percent_text(share) + "\">" +
         count_text(images) + "</td>";
}

std::string matrix(const TrainingReport& report) {
  const int64_t classes = report.confusion.classes();
  const bool numbered = report.classes.size() > longest_header;
  const auto number = [&](int64_t c) { return numbered ? count_text(c + 1) + " " : std::string(); };
  std::string html =
      "<p class=\"quiet\">Rows: the true class. Columns: the answer. The stronger the colour, the larger the "
      "share of the row.</p>"
      "<div class=\"scroll\"><table class=\"matrix\"><tr><th></th>";
  for (int64_t c = 0; c < classes; ++c)
    html += "<th class=\"column\" title=\"" + name_of(report, c) + "\">" +
            (numbered ? count_text(c + 1) : name_of(report, c)) + "</th>";
  html += "</tr>";
  for (int64_t truth = 0; truth < classes; ++truth) {
    html += "<tr><th class=\"name\">" + number(truth) + name_of(report, truth) + "</th>";
    for (int64_t predicted = 0; predicted < classes; ++predicted) html += cell(report, truth, predicted);
    html += "</tr>";
  }
  return html + "</table></div>";
}

std::string most_confused(const TrainingReport& report) {
  struct Pair {
    int64_t truth, predicted, images;
  };
  std::vector<Pair> pairs;
  for (const auto& [at, images] : report.confusion.cells())
    if (at.first != at.second) pairs.push_back({at.first, at.second, images});
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Pair& a, const Pair& b) { return a.images > b.images; });
  if (pairs.empty()) return "<p>No image was confused.</p>";
  const std::string of_all =
      pairs.size() > most_rows ? " of " + count_text(static_cast<int64_t>(pairs.size())) : "";
  pairs.resize(std::min(pairs.size(), most_rows));
  std::string html =
      "<p class=\"quiet\">The " + count_text(static_cast<int64_t>(pairs.size())) + of_all +
      " pairs confused most often.</p><div class=\"scroll\"><table class=\"wide\"><tr><th class=\"name\">"
      "true class</th><th class=\"name\">taken for</th><th>images</th><th>of its class</th></tr>";
  for (const Pair& pair : pairs)
    html += "<tr><td class=\"name\">" + name_of(report, pair.truth) + "</td><td class=\"name\">" +
            name_of(report, pair.predicted) + "</td><td>" + count_text(pair.images) + "</td><td>" +
            percent_text(static_cast<double>(pair.images) /
                         static_cast<double>(report.confusion.images_of(pair.truth))) +
            "</td></tr>";
  return html + "</table></div>";
}

}  // namespace

std::string classes_section(const TrainingReport& report) {
  if (report.confusion.images() == 0) return "";
  const std::vector<ClassResult> results = per_class_results(report.confusion);
  const std::vector<int64_t> order = class_order(results);
  const std::string head =
      "<div class=\"scroll\"><table class=\"wide\"><tr><th "
      "class=\"name\">class</th><th>images</th><th>right</th>"
      "<th>accuracy</th><th></th><th>95&nbsp;% interval</th></tr>";
  std::string html = "<section><h2>Accuracy of each class</h2>" + head;
  for (size_t i = 0; i < order.size(); ++i) {
    if (i == most_rows)
      html += "</table></div><details><summary>" +
              count_text(static_cast<int64_t>(order.size() - most_rows)) + " further classes</summary>" +
              head;
    html += class_row(report, order[i], results[static_cast<size_t>(order[i])]);
  }
  return html + "</table></div>" + (order.size() > most_rows ? "</details>" : "") + "</section>\n";
}

std::string confusion_section(const TrainingReport& report) {
  if (report.confusion.images() == 0) return "";
  return "<section><h2>What is taken for what</h2>" +
         (report.classes.size() <= most_classes_in_matrix ? matrix(report) : most_confused(report)) +
         "</section>\n";
}

}  // namespace graft
