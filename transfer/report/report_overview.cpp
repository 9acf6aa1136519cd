#include <algorithm>
#include <cmath>

#include "transfer/report/chart.h"
#include "transfer/report/html_text.h"
#include "transfer/report/report_sections.h"

namespace graft {
namespace {

std::string figure(const std::string& value, const std::string& name) {
  return "<div><b>" + value + "</b><span>" + name + "</span></div>";
}

std::string style_percent(const char* property, double fraction) {
  return std::string(property) + ":" + fixed_text(100 * std::clamp(fraction, 0.0, 1.0), 2) + "%";
}

// Accuracy, its interval and the baseline on one scale from 0 to 1.
std::string accuracy_strip(const TrainingReport& report) {
  const Interval& interval = report.val_top1_interval;
  return "<div class=\"strip\" role=\"img\" aria-label=\"accuracy between 0 and 100 percent\"><i "
         "class=\"range\" style=\"" +
         style_percent("left", interval.low) + ";" + style_percent("right", 1 - interval.high) +
         "\"></i><i class=\"base\" style=\"" + style_percent("left", report.majority_baseline) +
         "\"></i><i class=\"value\" style=\"" + style_percent("left", report.val_top1) +
         "\"></i></div><p class=\"keys\">From 0 to 100&nbsp;%: accuracy (mark), its 95&nbsp;% Wilson "
         "interval (band), "
         "the majority baseline (dashed).</p>";
}

std::string verdict(const TrainingReport& report) {
  const Interval& interval = report.val_top1_interval;
  std::string html = "<p>The saved model is right on <b>" + percent_text(report.val_top1) + "</b> of " +
                     count_text(report.val_images) + " held-out images (95&nbsp;% interval " +
                     percent_text(interval.low) + " to " + percent_text(interval.high) +
                     "). Always answering the most frequent class would be right on " +
                     percent_text(report.majority_baseline) + ".</p>";
  if (report.val_top1 <= report.majority_baseline)
    html += "<p class=\"bad\">This is no better than always answering the most frequent class.</p>";
  else if (interval.low <= report.majority_baseline)
    html +=
        "<p class=\"bad\">The interval includes the baseline: too few images to say that anything was "
        "learned.</p>";
  return html;
}

std::string epoch_rows(const TrainingReport& report) {
  const auto row = [](const std::string& name, const auto& r) {
    return "<tr><td>" + name + "</td><td>" + fixed_text(r.train_loss, 4) + "</td><td>" +
           fixed_text(r.val_loss, 4) + "</td><td>" + percent_text(r.val_top1) + "</td><td>" +
           duration_text(r.seconds) + "</td><td>" + fixed_text(r.images_per_second, 1) + "</td></tr>";
  };
  std::string html;
  if (report.head_first)
    html += row("head alone (" + count_text(report.head_first->epochs) + ")", *report.head_first);
  for (const EpochRow& epoch : report.epochs) html += row(count_text(epoch.epoch), epoch);
  return html;
}

Chart loss_chart(const TrainingReport& report) {
  Chart chart{"Loss", {}, {{"training", "train", {}}, {"held out", "val", {}}}, {}, false};
  for (const EpochRow& row : report.epochs) {
    chart.x.push_back(static_cast<double>(row.epoch));
    chart.series[0].values.push_back(row.train_loss);
    chart.series[1].values.push_back(row.val_loss);
  }
  return chart;
}

Chart accuracy_chart(const TrainingReport& report) {
  Chart chart{"Accuracy", {}, {{"held out", "val", {}}}, {}, true};
  if (report.val_images > 0) chart.references.push_back({"majority baseline", report.majority_baseline});
  for (const EpochRow& row : report.epochs) {
    chart.x.push_back(static_cast<double>(row.epoch));
    chart.series[0].values.push_back(row.val_top1);
  }
  return chart;
}

}  // namespace

std::string summary_section(const TrainingReport& report) {
  std::string html = "<h1>Training report</h1><p class=\"quiet\">" + html_escape(report.arch) + " on " +
                     html_escape(report.device) + ", " +
                     count_text(static_cast<int64_t>(report.classes.size())) + " classes, " +
                     count_text(report.train_images) + " training and " + count_text(report.val_images) +
                     " held-out images</p><section><h2>Result</h2>";
  if (report.val_images > 0)
    html += verdict(report) + accuracy_strip(report);
  else
    html += "<p>No held-out image was evaluated: the accuracy is unknown.</p>";
  html += "<div class=\"figures\">";
  if (report.val_images > 0) {
    html += figure(percent_text(report.val_top1), "top-1, saved");
    if (!report.epochs.empty()) html += figure(percent_text(report.last_val_top1), "top-1, last epoch");
    html += figure(percent_text(report.balanced_accuracy), "balanced accuracy");
    html += figure(fixed_text(report.macro_f1, 3), "macro F1");
    html += figure(percent_text(report.majority_baseline), "majority baseline");
  }
  return html + figure(duration_text(report.seconds), "time") +
         figure(bytes_text(report.peak_memory_bytes), "peak memory") + "</div></section>\n";
}

std::string warnings_section(const TrainingReport& report) {
  if (report.warnings.empty()) return "";
  std::string html = "<section><h2>Warnings</h2>";
  for (const std::string& warning : report.warnings)
    html += "<p class=\"warning\">" + html_escape(warning) + "</p>";
  return html + "</section>\n";
}

std::string curves_section(const TrainingReport& report) {
  if (report.epochs.empty() && !report.head_first)
    return "<section><p>No epoch was completed.</p></section>\n";
  std::string html;
  if (!report.epochs.empty())
    html += "<div class=\"two\"><section>" + chart_html(loss_chart(report)) + "</section><section>" +
            chart_html(accuracy_chart(report)) + "</section></div>\n";
  return html +
         "<section><details><summary>Every epoch as a table</summary><div class=\"scroll\"><table "
         "class=\"wide\"><tr><th>epoch</th><th>training loss</th><th>held-out "
         "loss</th><th>top-1</th><th>time</th>"
         "<th>images/s</th></tr>" +
         epoch_rows(report) + "</table></div></details></section>\n";
}

}  // namespace graft
