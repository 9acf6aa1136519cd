#include <algorithm>
#include <iomanip>

#include "bench/launch_clock.h"
#include "bench/op_report.h"
#include "engine/check.h"

namespace graft::bench {

namespace {

struct Timed {
  const KernelCase* kernel;
  std::vector<double> samples;  // seconds of each launch, in the order of time
  double median, least;
};

int launches_for(double seconds_of_one) {
  return static_cast<int>(std::clamp(2.0 / std::max(seconds_of_one, 1e-9), 3.0, 20.0));
}

Timed time_case(const OpPlan& plan, const KernelCase& kernel) {
  const auto run = kernel.open(plan.device.name, plan.command.threads, Operands::filled);
  const auto launch = [&] { run->launch(); };
  run->launch_and_verify();
  LaunchClock clock(run->device());
  int launches = plan.command.launches;
  if (launches == 0) launches = launches_for(clock.time(1, launch)[0]);
  Timed timed{&kernel, clock.time(launches, launch), 0, 0};
  std::vector<double> sorted = timed.samples;
  std::sort(sorted.begin(), sorted.end());
  timed.least = sorted.front();
  timed.median = (sorted[(sorted.size() - 1) / 2] + sorted[sorted.size() / 2]) / 2;
  return timed;
}

void print_json(const OpPlan& plan, const std::vector<Timed>& list, std::ostream& out) {
  begin_json(plan, out);
  const char* separator = "";
  for (const Timed& timed : list) {
    out << separator << '{' << json_case(plan, *timed.kernel) << std::setprecision(9)
        << ", \"time_unit\": \"s\", \"real_time\": " << timed.median << ", \"min\": " << timed.least;
    if (plan.gpu) out << ", \"share_of_roof\": " << roof_of(plan, *timed.kernel).seconds / timed.median;
    out << ", \"samples\": [";
    for (size_t i = 0; i < timed.samples.size(); ++i) out << (i ? ", " : "") << timed.samples[i];
    out << "]}";
    separator = ",\n  ";
  }
  end_json(plan, out);
}

void print_row(const OpPlan& plan, const Timed& timed, std::ostream& out) {
  const Work& work = timed.kernel->work;
  out << std::left << std::setw(20) << timed.kernel->implementation << std::right << std::setprecision(4)
      << std::setw(12) << timed.median * 1e3 << std::setw(12) << timed.least * 1e3 << std::setw(10)
      << timed.samples.size() << std::setw(12) << work.flops / timed.median * 1e-12 << std::setw(10)
      << work.bytes / timed.median * 1e-9;
  if (plan.gpu)
    out << std::setprecision(3) << std::setw(14) << 100 * roof_of(plan, *timed.kernel).seconds / timed.median;
  out << '\n';
}

void print_table(const OpPlan& plan, const std::vector<Timed>& list, std::ostream& out) {
  out << std::left << std::setw(20) << "method" << std::right << std::setw(12) << "median ms" << std::setw(12)
      << "min ms" << std::setw(10) << "launches" << std::setw(12) << "TFLOP/s" << std::setw(10) << "GB/s"
      << (plan.gpu ? "     % of roof" : "") << '\n';
  for (const Timed& timed : list) print_row(plan, timed, out);
  out << "all equal to the definition at " << verified_places << " places\n";
}

void print_samples(const std::vector<Timed>& list, std::ostream& out) {
  out << "samples in ms, as they came\n" << std::setprecision(6);
  for (const Timed& timed : list)
    for (const double seconds : timed.samples)
      out << timed.kernel->implementation << ' ' << seconds * 1e3 << '\n';
}

}  // namespace

void report_times(const OpPlan& plan, std::ostream& out) {
  std::vector<Timed> list;
  for (const KernelCase& kernel : plan.cases) list.push_back(time_case(plan, kernel));
  std::sort(list.begin(), list.end(), [](const Timed& a, const Timed& b) { return a.median < b.median; });
  if (plan.command.json) return print_json(plan, list, out);
  print_heading(plan, out);
  if (!list.empty()) print_table(plan, list, out);
  print_refusals(plan, out);
  print_samples(list, out);
}

}  // namespace graft::bench
