#include "kernels/emulator/report.h"

#include "engine/check.h"
#include "kernels/emulator/source_line.h"

namespace graft::emulator {

std::string tell(const Report& report) {
  std::string told = report.who;
  if (report.line) told += ", " + source_line(report.line);
  told += ": " + report.what + report.other;
  if (report.other_line) told += " at " + source_line(report.other_line);
  return told;
}

}  // namespace graft::emulator
