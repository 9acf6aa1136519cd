#include "networks/kink_tape.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <memory>

#include "engine/check.h"
#include "kernels/batch_norm/batch_norm.h"

namespace graft::test {

namespace {

// At 0 for all; at 6 for ReLU6, at -3 and 3 for what hard-swish reads, at 1 for what hard-sigmoid writes.
constexpr double kinks[] = {-3, 0, 1, 3, 6};

int side_of(double y) {
  return static_cast<int>(
      std::count_if(std::begin(kinks), std::end(kinks), [&](double k) { return k <= 0 ? y > k : y >= k; }));
}

// The float nearest to y on y's side of the kinks.
float on_its_side(double y) {
  const float nearest = static_cast<float>(y);
  if (side_of(nearest) == side_of(y)) return nearest;
  return std::nextafter(nearest, side_of(nearest) > side_of(y) ? -10.0f : 10.0f);
}

// What a forward step leaves for the next layers, statistics apart. What is written to a slice of a
// concatenation is either a copy of what was taped before, or has no kink of its own.
const TensorView* find_activation(const Step& step, std::span<const TensorView> outputs) {
  if (step.phase() != Phase::forward) return nullptr;
  for (const TensorView& view : outputs)
    if (view.shape.rank() >= 2 && view.dtype != DType::uint8 && view.dense()) return &view;
  return nullptr;
}

// The places of a max pool, or which side an activation is on.
const TensorView* find_places(const Step& step, std::span<const TensorView> outputs) {
  if (step.phase() != Phase::forward) return nullptr;
  for (const TensorView& view : outputs)
    if (view.dtype == DType::uint8) return &view;
  return nullptr;
}

// A tensor of a device, changed on the host. A slice comes with the channels between its pixels.
template <class T, class Repair>
void change(Device& device, const TensorView& view, const Repair& repair) {
  const int64_t count = view.shape.count(), pixels = view.dense() ? 1 : count / view.shape.c();
  const int64_t span = view.dense() ? count : (pixels - 1) * view.pixel_stride + view.shape.c();
  std::vector<T> values(static_cast<size_t>(span));
  device.copy_out(values.data(), view.data, values.size() * sizeof(T), device.stream());
  device.stream().synchronize();
  repair(values);
  device.copy_in(view.data, values.data(), values.size() * sizeof(T), device.stream());
  device.stream().synchronize();
}

void repair_activations(const std::vector<double>& exact, std::vector<float>& y, KinkTape::Counts& counts) {
  double largest = 0, change = 0;
  for (size_t i = 0; i < exact.size(); ++i) {
    largest = std::max(largest, std::abs(exact[i]));
    GRAFT_CHECK(std::isfinite(y[i]), call, "element ", i, " of a forward step's output is ", y[i]);
    if (side_of(y[i]) == side_of(exact[i])) continue;
    change = std::max(change, std::abs(y[i] - exact[i]));
    y[i] = on_its_side(exact[i]);
    ++counts.repaired;
  }
  counts.elements += static_cast<int64_t>(exact.size());
  if (change > 0) counts.largest_change = std::max(counts.largest_change, change / largest);
}

std::vector<float> floats_of(Device& device, const TensorView& view) {
  std::vector<float> values;
  change<float>(device, view, [&](const std::vector<float>& read) { values = read; });
  return values;
}

// A batch norm's backward pass tells its activation's side from x: this x gives what lies on that of y.
void repair_input(Device& device, const OpStep<BatchNormForward>& step, const std::vector<double>& exact,
                  const std::vector<float>& y) {
  const BatchNormForward::Args& args = step.args();
  const Activation activation = step.problem().activation;
  const bool batch = step.problem().batch_statistics;
  const auto scale = floats_of(device, args.scale), shift = floats_of(device, args.shift),
             mean = floats_of(device, batch ? args.mean : args.running_mean);
  auto inverse = floats_of(device, batch ? args.inverse_deviation : args.running_variance);
  if (!batch)
    for (float& each : inverse) each = static_cast<float>(1 / std::sqrt(each + step.problem().epsilon));
  change<float>(device, args.x, [&](std::vector<float>& values) {
    const size_t channels = scale.size(), stride = args.x.dense() ? channels : args.x.pixel_stride;
    for (size_t i = 0; i < exact.size(); ++i) {
      if (passes(activation, double{y[i]}) == passes(activation, exact[i])) continue;
      const size_t c = i % channels;
      float& x = values[i / channels * stride + c];
      const double factor = double{scale[c]} * inverse[c];
      const double margin =
          1e-6 * (std::abs((x - mean[c]) * factor) + std::abs(mean[c] * factor) + std::abs(shift[c]));
      const double largest = activation == Activation::relu6 ? 6 : std::numeric_limits<double>::infinity();
      const double side = exact[i] <= 0         ? -margin
                          : exact[i] >= largest ? largest + margin
                                                : std::clamp(exact[i], margin, largest - margin);
      x = static_cast<float>(mean[c] + (side - shift[c]) / factor);
    }
  });
}

void repair_places(const std::vector<uint8_t>& exact, std::vector<uint8_t>& places,
                   KinkTape::Counts& counts) {
  for (size_t i = 0; i < exact.size(); ++i) {
    counts.repaired += places[i] != exact[i];
    places[i] = exact[i];
  }
  counts.elements += static_cast<int64_t>(exact.size());
}

}  // namespace

Executor::Observer KinkTape::recorder() {
  return [this](const Step& step, std::span<const TensorView> outputs) {
    const TensorView* y = find_activation(step, outputs);
    const TensorView* places = find_places(step, outputs);
    if (!y && !places) return;
    Outputs& taped = steps_.emplace_back();
    if (y) taped.y.assign(y->as<double>(), y->as<double>() + y->shape.count());
    if (places) taped.places.assign(places->as<uint8_t>(), places->as<uint8_t>() + places->shape.count());
  };
}

Executor::Observer KinkTape::repairer(Device& device, Counts& counts) const {
  return [this, &device, &counts, next = size_t{0}](const Step& step,
                                                    std::span<const TensorView> outputs) mutable {
    const TensorView* y = find_activation(step, outputs);
    const TensorView* places = find_places(step, outputs);
    if (!y && !places) return;
    const Outputs& exact = steps_.at(next++);
    const auto* norm = dynamic_cast<const OpStep<BatchNormForward>*>(&step);
    const auto fits = [](const TensorView* view, size_t taped) {
      return static_cast<size_t>(view ? view->shape.count() : 0) == taped;
    };
    GRAFT_CHECK(fits(y, exact.y.size()) && fits(places, exact.places.size()), call,
                "the tape is of another plan at layer '", step.layer(), "'");
    if (y)
      change<float>(device, *y, [&](auto& values) {
        if (norm && norm->problem().activation != Activation::none)
          repair_input(device, *norm, exact.y, values);
        repair_activations(exact.y, values, counts);
      });
    if (places)
      change<uint8_t>(device, *places, [&](auto& bytes) { repair_places(exact.places, bytes, counts); });
  };
}

}  // namespace graft::test
