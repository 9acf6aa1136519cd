#include "engine/tuner.h"

#include <algorithm>
#include <cmath>

namespace graft {

namespace {

constexpr int small_number = 0x3C;      // in every byte: 0.0115 as float32 and as bfloat16
constexpr int rounds = 5;               // in each, everybody runs once
constexpr double round_seconds = 2e-3;  // what is launched back to back, far above the clock's grain
constexpr int most_runs = 100;
constexpr double hopeless = 4;  // as slow as this at first sight, nobody gets a second one
constexpr double margin = 0.97;

}  // namespace

Tuner::Tuner(Device& device)
    : device_(device),
      state_(device, sizeof(StepState)),
      begin_(device.make_event()),
      end_(device.make_event()) {
  device.fill(state_.data(), 0, sizeof(StepState), device.stream());
}

void* Tuner::memory(size_t bytes) { return memory_.emplace_back(device_, std::max<size_t>(bytes, 1)).data(); }

void Tuner::fill(const TensorView& dense) {
  const bool number = dense.dtype == DType::float32 || dense.dtype == DType::bfloat16;
  device_.fill(dense.data, number ? small_number : 0, dense.bytes(), device_.stream());
}
void Tuner::fill(void* memory, size_t bytes) { device_.fill(memory, small_number, bytes, device_.stream()); }

double Tuner::seconds(const Contender& contender, int runs, const RunContext& context) {
  begin_->record(context.stream);
  for (int i = 0; i < runs; ++i) contender.run(context);
  end_->record(context.stream);
  end_->synchronize();
  return end_->seconds_since(*begin_) / runs;
}

Tuner::Result Tuner::race(const std::vector<Contender>& contenders) {
  size_t scratch_bytes = 1;
  for (const Contender& contender : contenders)
    scratch_bytes = std::max(scratch_bytes, contender.scratch_bytes);
  const Buffer scratch(device_, scratch_bytes);
  const RunContext context{device_.stream(), scratch.data(), reinterpret_cast<StepState*>(state_.data())};

  std::vector<std::vector<double>> times(contenders.size());
  double least = INFINITY;
  for (size_t i = 0; i < contenders.size(); ++i) {
    contenders[i].get_ready(context);
    seconds(contenders[i], 1, context);  // loads the kernels
    times[i].push_back(seconds(contenders[i], 1, context));
    least = std::min(least, times[i][0]);
  }
  for (int round = 0; round < rounds; ++round)
    for (size_t i = 0; i < contenders.size(); ++i) {
      const double first = times[i][0];
      if (first > hopeless * least) continue;
      const int runs =
          static_cast<int>(std::clamp(round_seconds / std::max(first, 1e-9), 1.0, 1.0 * most_runs));
      times[i].push_back(seconds(contenders[i], runs, context));
    }

  Result result{0, {}};
  for (std::vector<double>& of : times) {
    if (of.size() > 1) of.erase(of.begin());
    std::sort(of.begin(), of.end());
    result.seconds.push_back(of[of.size() / 2]);
  }
  for (size_t i = 1; i < contenders.size(); ++i)
    if (result.seconds[i] < margin * result.seconds[result.fastest]) result.fastest = i;
  return result;
}

}  // namespace graft
