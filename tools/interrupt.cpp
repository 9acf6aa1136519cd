#include "tools/interrupt.h"

#include <csignal>

namespace graft {
namespace {

volatile std::sig_atomic_t seen = 0;

void note(int) { seen = 1; }

}  // namespace

void watch_interrupts() {
  struct sigaction action {};
  action.sa_handler = note;
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
}

bool interrupted() { return seen != 0; }

}  // namespace graft
