#include "tools/progress.h"

#include <unistd.h>

#include <algorithm>

#include "engine/check.h"
#include "tools/interrupt.h"
#include "transfer/report/html_text.h"
#include "transfer/training/clock.h"

namespace graft {
namespace {

// The report's text has spaces that do not break; a terminal wants plain ones.
std::string seconds_text(double seconds) {
  std::string out = duration_text(seconds);
  for (size_t at; (at = out.find("\xC2\xA0")) != std::string::npos;) out.replace(at, 2, " ");
  return out;
}

const char* name_of(Progress::Stage stage) {
  switch (stage) {
    case Progress::Stage::features: return "features";
    case Progress::Stage::head: return "head";
    case Progress::Stage::train: break;
  }
  return "train";
}

std::string position(const Progress& p) {
  std::string out = name_of(p.stage);
  if (p.epochs > 1 || p.stage != Progress::Stage::features) out += text(" ", p.epoch, "/", p.epochs);
  return out;
}

std::string bar(const Progress& p) {
  constexpr int width = 24;
  const int64_t steps = std::max<int64_t>(p.steps, 1);
  const int full = static_cast<int>(std::clamp<int64_t>(p.step * width / steps, 0, width));
  return "[" + std::string(full, '#') + std::string(width - full, '.') + "]";
}

std::string figures(const Progress& p) {
  std::string out = text(fixed_text(p.images_per_second, 1), " images/s");
  if (p.stage == Progress::Stage::features) return out;
  return out + text("  loss ", fixed_text(p.loss, 4), "  accuracy ", fixed_text(p.accuracy, 4));
}

}  // namespace

ProgressPrinter::ProgressPrinter(std::FILE* lines) : lines_(lines), terminal_(isatty(STDERR_FILENO) == 1) {}

ProgressPrinter::~ProgressPrinter() { erase(); }

bool ProgressPrinter::operator()(const Progress& progress) {
  constexpr double bar_seconds = 0.1, line_seconds = 15;
  if (progress.epoch_done) {
    erase();
    print_line(progress);
    last_ = now();
  } else if (const double time = now(); time - last_ >= (terminal_ ? bar_seconds : line_seconds)) {
    if (terminal_)
      draw(progress);
    else if (last_ > 0)
      print_line(progress);
    last_ = time;
  }
  return !interrupted();
}

void ProgressPrinter::draw(const Progress& p) {
  std::fprintf(stderr, "\r\033[K%s %s %lld/%lld  %s  %s left", position(p).c_str(), bar(p).c_str(),
               static_cast<long long>(p.step), static_cast<long long>(p.steps), figures(p).c_str(),
               seconds_text(p.seconds_left).c_str());
  std::fflush(stderr);
  drawn_ = true;
}

void ProgressPrinter::erase() {
  if (drawn_) std::fputs("\r\033[K", stderr);
  drawn_ = false;
}

void ProgressPrinter::print_line(const Progress& p) {
  std::string line = position(p);
  if (!p.epoch_done) line += text("  step ", p.step, "/", p.steps);
  line += "  " + figures(p);
  if (p.val_loss) line += "  val loss " + fixed_text(*p.val_loss, 4);
  if (p.val_top1) line += "  val accuracy " + fixed_text(*p.val_top1, 4);
  if (!p.epoch_done) line += "  " + seconds_text(p.seconds_left) + " left";
  std::fprintf(lines_, "%s\n", line.c_str());
  std::fflush(lines_);
}

}  // namespace graft
