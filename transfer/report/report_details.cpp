#include "transfer/report/html_text.h"
#include "transfer/report/report_sections.h"

namespace graft {
namespace {

// By content: the page must never label other bytes as a picture.
std::string picture_type(const std::vector<uint8_t>& bytes) {
  if (bytes.size() > 3 && bytes[0] == 0xFF && bytes[1] == 0xD8 && bytes[2] == 0xFF) return "image/jpeg";
  if (bytes.size() > 4 && bytes[0] == 0x89 && bytes[1] == 'P' && bytes[2] == 'N' && bytes[3] == 'G')
    return "image/png";
  return "";
}

std::string mistake_figure(const TrainingReport& report, const Mistake& mistake) {
  const std::string type = picture_type(mistake.thumbnail);
  const std::string truth = html_escape(report.classes[static_cast<size_t>(mistake.truth)]);
  const std::string predicted = html_escape(report.classes[static_cast<size_t>(mistake.predicted)]);
  std::string html = "<figure><div class=\"picture\">";
  if (type.empty())
    html += "<span class=\"quiet\">no picture</span>";
  else
    html += "<img alt=\"" + truth + "\" src=\"data:" + type + ";base64," + base64(mistake.thumbnail) + "\">";
  return html + "</div><figcaption><b>" + predicted + "</b> " + percent_text(mistake.probability) +
         "<br>is " + truth + "<small>" + html_escape(mistake.path) + "</small></figcaption></figure>";
}

std::string value_text(bool value) { return value ? "on" : "off"; }
std::string value_text(int64_t value) { return std::to_string(value); }
std::string value_text(double value) { return short_text(value); }
std::string value_text(const std::string& value) { return html_escape(value); }

// `html` is already escaped.
std::string entry(const std::string& name, const std::string& html) {
  return "<dt>" + html_escape(name) + "</dt><dd>" + html + "</dd>";
}

std::string hash_text(const std::string& hash) {
  return hash.empty() ? "\xE2\x80\x93" : "<code>" + html_escape(hash) + "</code>";
}

std::string frozen_entries(const TrainingReport& report) {
  if (!report.frozen_state_unchanged) return entry("frozen state", "nothing was frozen");
  return entry("frozen state",
               *report.frozen_state_unchanged
                   ? "<span class=\"good\">unchanged</span>"
                   : "<span class=\"bad\">CHANGED: the frozen layers are not what they were</span>") +
         entry("hash before", hash_text(report.frozen_hash_before)) +
         entry("hash after", hash_text(report.frozen_hash_after));
}

}  // namespace

std::string mistakes_section(const TrainingReport& report) {
  if (report.mistakes.empty()) return "";
  std::string html =
      "<section><h2>The most confident mistakes</h2><p class=\"quiet\">What the model answered, how sure it "
      "was, and "
      "what the folder says. Wrong labels often show up here.</p><div class=\"mistakes\">";
  for (const Mistake& mistake : report.mistakes) html += mistake_figure(report, mistake);
  return html + "</div></section>\n";
}

std::string settings_section(const TrainingReport& report) {
  std::string html = "<div class=\"two\"><section><h2>The run</h2><dl>";
  html += entry("network", html_escape(report.arch));
  html += entry("device", html_escape(report.device));
  html += entry("threads", count_text(report.threads));
  html += entry("trainable", count_text(report.trainable_parameters) + " parameters");
  html += entry("frozen", count_text(report.frozen_parameters) + " parameters");
  html += frozen_entries(report);
  html += entry("time", duration_text(report.seconds));
  html += entry("peak memory", bytes_text(report.peak_memory_bytes));
  html += "</dl></section><section><h2>Settings</h2><dl>";
  for (const ReportOption& option : report.options)
    html += entry(option.name, std::visit([](const auto& value) { return value_text(value); }, option.value));
  return html + "</dl></section></div>\n";
}

}  // namespace graft
