#include "tools/cost_table.h"
#include "tools/text_table.h"

namespace graft {

std::string cost_text(const CostCommand& command, const CostFindings& findings) {
  const TableRows rows = cost_rows(command, findings);
  std::string out =
      cost_heading(command, findings) + "\n\n" + text_table(rows, "l" + std::string(rows[0].size() - 1, 'r'));
  if (!findings.trainings.empty()) out += "\n" + text_table(accuracy_rows(findings), "lrrlrrl");
  for (const std::string& note : cost_notes(findings)) out += note + '\n';
  return out;
}

}  // namespace graft
