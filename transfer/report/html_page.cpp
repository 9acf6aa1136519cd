#include "transfer/report/html_page.h"

#include "transfer/report/html_text.h"
#include "transfer/report/report_style.h"

namespace graft {

std::string html_page(const std::string& title, const std::string& body) {
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
      "<link rel=\"icon\" href=\"data:,\"><title>" +
      html_escape(title) + "</title>\n<style>";
  html += report_style();
  return html + "</style></head><body><main>\n" + body + "</main></body></html>\n";
}

std::string html_table(const std::vector<std::vector<std::string>>& rows) {
  std::string html = "<div class=\"scroll\"><table class=\"wide\">";
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::string cell = i == 0 ? "th" : "td";
    html += "<tr>";
    for (size_t j = 0; j < rows[i].size(); ++j)
      html += "<" + cell + (j == 0 ? " class=\"row\">" : ">") + html_escape(rows[i][j]) + "</" + cell + ">";
    html += "</tr>";
  }
  return html + "</table></div>\n";
}

}  // namespace graft
