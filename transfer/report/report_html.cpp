#include "transfer/report/check_report.h"
#include "transfer/report/html_text.h"
#include "transfer/report/report_sections.h"
#include "transfer/report/report_style.h"

namespace graft {

std::string report_html(const TrainingReport& report) {
  check_report(report);
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
      "<link rel=\"icon\" href=\"data:,\"><title>Training report: " +
      html_escape(report.arch) + "</title>\n<style>";
  html += report_style();
  html += "</style></head><body><main>\n";
  for (auto* section : {summary_section, warnings_section, curves_section, classes_section, confusion_section,
                        mistakes_section, settings_section})
    html += section(report);
  return html + "</main></body></html>\n";
}

}  // namespace graft
