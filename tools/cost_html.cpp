#include "engine/check.h"
#include "tools/cost_table.h"
#include "transfer/inspection/spread.h"
#include "transfer/report/html_page.h"
#include "transfer/report/html_text.h"
#include "transfer/report/scatter.h"

namespace graft {
namespace {

std::string section(const std::string& title, const std::string& body) {
  return "<section><h2>" + title + "</h2>" + body + "</section>\n";
}

std::string frontier_plot(const CostFindings& findings) {
  Scatter scatter{.title = "Accuracy against time",
                  .x_name = "seconds of training",
                  .filled_name = "default rate",
                  .hollow_name = "best of three rates",
                  .line_name = "frontier",
                  .points = {}};
  for (const AccuracyCost& cost : findings.trainings)
    scatter.points.push_back({.name = text(cost.point, ", ", cost.train_images),
                              .x = mean(cost.seconds),
                              .y = mean(cost.top1),
                              .hollow = cost.rate_chosen,
                              .on_line = cost.on_frontier});
  return scatter_html(scatter);
}

std::string accuracy_section(const CostFindings& findings) {
  if (findings.trainings.empty()) return {};
  const size_t seeds = findings.trainings.front().top1.size();
  return section("Trainings", frontier_plot(findings) +
                                  text("<p class=\"keys\">Each point trained on so many images, ", seeds,
                                       seeds == 1 ? " time" : " times with different seeds", "; top-1 on ",
                                       count_text(findings.held_out_images),
                                       " held-out images by the last epoch's weights.</p>") +
                                  html_table(accuracy_rows(findings)));
}

}  // namespace

std::string cost_html(const CostCommand& command, const CostFindings& findings) {
  std::string notes;
  for (const std::string& note : cost_notes(findings))
    notes += "<p class=\"quiet\">" + html_escape(note) + "</p>";
  return html_page(
      "What freezing costs: " + findings.input.arch,
      "<h1>What freezing costs</h1><p class=\"quiet\">" + html_escape(cost_heading(command, findings)) +
          "</p>\n" + accuracy_section(findings) +
          section("A training step", html_table(cost_rows(command, findings)) + notes) +
          section("Made by", "<p><code>" + html_escape(command.words) + "</code></p><p class=\"quiet\">" +
                                 html_escape(findings.device.hardware) + "</p>"));
}

}  // namespace graft
