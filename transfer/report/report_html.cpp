#include "transfer/report/check_report.h"
#include "transfer/report/html_page.h"
#include "transfer/report/report_sections.h"

namespace graft {

std::string report_html(const TrainingReport& report) {
  check_report(report);
  std::string body;
  for (auto* section : {summary_section, warnings_section, curves_section, classes_section, confusion_section,
                        mistakes_section, settings_section})
    body += section(report);
  return html_page("Training report: " + report.arch, body);
}

}  // namespace graft
