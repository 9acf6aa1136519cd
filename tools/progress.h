#pragma once

#include <cstdio>
#include <string>

#include "transfer/graft.h"

namespace graft {

// Where people read: `lines` gets what stays, and the bar is drawn on the terminal of standard error.
class ProgressPrinter {
 public:
  explicit ProgressPrinter(std::FILE* lines);
  ~ProgressPrinter();

  // False once Ctrl-C was pressed.
  bool operator()(const Progress& progress);

 private:
  void draw(const Progress& progress);
  void erase();
  void print_line(const Progress& progress);

  std::FILE* lines_;
  bool terminal_;
  bool drawn_ = false;
  double last_ = -1e9;  // seconds
};

}  // namespace graft
