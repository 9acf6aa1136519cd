#include "transfer/training/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "engine/check.h"

namespace graft {
namespace {

int64_t warmup_steps(double fraction, int64_t total_steps) {
  // A run of one step has no room to warm up: its step must have the full rate.
  if (fraction == 0 || total_steps == 1) return 0;
  const int64_t rounded = std::llround(fraction * static_cast<double>(total_steps));
  return std::clamp<int64_t>(rounded, 1, total_steps - 1);
}

}  // namespace

double learning_rate_factor(const Schedule& schedule, int64_t step, int64_t total_steps) {
  GRAFT_CHECK(step >= 0 && step < total_steps, call, "step ", step, " is outside the ", total_steps,
              " steps of the learning-rate schedule");
  GRAFT_CHECK(schedule.warmup >= 0 && schedule.warmup < 1, call, "--warmup is ", schedule.warmup,
              "; it must be a fraction, at least 0 and below 1");
  const int64_t warmup = warmup_steps(schedule.warmup, total_steps);
  if (step < warmup) return static_cast<double>(step + 1) / static_cast<double>(warmup + 1);

  const int64_t done = step - warmup, span = total_steps - warmup;
  switch (schedule.kind) {
    case ScheduleKind::cosine:
      return 0.5 * (1 + std::cos(std::numbers::pi * static_cast<double>(done) / static_cast<double>(span)));
    case ScheduleKind::step: return 3 * done < span ? 1 : 3 * done < 2 * span ? 0.1 : 0.01;
    case ScheduleKind::constant: return 1;
  }
  fail(ErrorCode::call, "unknown learning-rate schedule ", static_cast<int>(schedule.kind));
}

ScheduleKind schedule_kind(std::string_view name) {
  for (ScheduleKind kind : {ScheduleKind::cosine, ScheduleKind::step, ScheduleKind::constant})
    if (schedule_name(kind) == name) return kind;
  fail(ErrorCode::call, "--schedule is '", name, "'; it must be cosine, step or constant");
}

std::string schedule_name(ScheduleKind kind) {
  switch (kind) {
    case ScheduleKind::cosine: return "cosine";
    case ScheduleKind::step: return "step";
    case ScheduleKind::constant: return "constant";
  }
  fail(ErrorCode::call, "unknown learning-rate schedule ", static_cast<int>(kind));
}

}  // namespace graft
