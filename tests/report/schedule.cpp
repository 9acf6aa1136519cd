#include "transfer/training/schedule.h"

#include <doctest/doctest.h>

#include "engine/error.h"

namespace graft {
namespace {

using doctest::Approx;

TEST_CASE("schedule: cosine begins at the full rate and ends just above zero") {
  const Schedule cosine{ScheduleKind::cosine, 0};
  CHECK(learning_rate_factor(cosine, 0, 100) == 1);
  CHECK(learning_rate_factor(cosine, 50, 100) == Approx(0.5));
  CHECK(learning_rate_factor(cosine, 99, 100) == Approx(0.000246719817));
  CHECK(learning_rate_factor(cosine, 0, 1) == 1);
  for (int64_t step = 1; step < 100; ++step)
    CHECK(learning_rate_factor(cosine, step, 100) < learning_rate_factor(cosine, step - 1, 100));
}

TEST_CASE("schedule: step falls tenfold at one and two thirds") {
  const Schedule step{ScheduleKind::step, 0};
  CHECK(learning_rate_factor(step, 29, 90) == 1);
  CHECK(learning_rate_factor(step, 30, 90) == 0.1);
  CHECK(learning_rate_factor(step, 59, 90) == 0.1);
  CHECK(learning_rate_factor(step, 60, 90) == 0.01);
  CHECK(learning_rate_factor(step, 89, 90) == 0.01);
}

TEST_CASE("schedule: warm-up rises linearly and the next step has the full rate") {
  for (ScheduleKind kind : {ScheduleKind::cosine, ScheduleKind::step, ScheduleKind::constant}) {
    const Schedule schedule{kind, 0.05};
    CAPTURE(schedule_name(kind));
    for (int64_t step = 0; step < 5; ++step)
      CHECK(learning_rate_factor(schedule, step, 100) == Approx(static_cast<double>(step + 1) / 6));
    CHECK(learning_rate_factor(schedule, 5, 100) == 1);
  }
  CHECK(learning_rate_factor({ScheduleKind::constant, 0.05}, 99, 100) == 1);
}

TEST_CASE("schedule: a short run keeps at least one warm-up step and one full step") {
  CHECK(learning_rate_factor({ScheduleKind::constant, 0.001}, 0, 10) == 0.5);
  CHECK(learning_rate_factor({ScheduleKind::constant, 0.001}, 1, 10) == 1);
  CHECK(learning_rate_factor({ScheduleKind::constant, 0.99}, 1, 2) == 1);
  CHECK(learning_rate_factor({ScheduleKind::constant, 0.5}, 0, 1) == 1);
}

TEST_CASE("schedule: bad calls are refused") {
  CHECK_THROWS_AS(learning_rate_factor({}, -1, 10), Error);
  CHECK_THROWS_AS(learning_rate_factor({}, 10, 10), Error);
  CHECK_THROWS_AS(learning_rate_factor({}, 0, 0), Error);
  CHECK_THROWS_AS(learning_rate_factor({ScheduleKind::cosine, 1}, 0, 10), Error);
  CHECK_THROWS_AS(learning_rate_factor({ScheduleKind::cosine, -0.1}, 0, 10), Error);
}

TEST_CASE("schedule: names round-trip, an unknown one is refused by option") {
  for (ScheduleKind kind : {ScheduleKind::cosine, ScheduleKind::step, ScheduleKind::constant})
    CHECK(schedule_kind(schedule_name(kind)) == kind);
  CHECK_THROWS_WITH_AS(schedule_kind("linear"), "--schedule is 'linear'; it must be cosine, step or constant",
                       Error);
}

}  // namespace
}  // namespace graft
