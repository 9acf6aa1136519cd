#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "engine/check.h"
#include "networks/kink_tape.h"
#include "networks/network_run.h"

namespace graft::test {
namespace {

double largest(const std::vector<float>& values) {
  double most = 0;
  for (float value : values) most = std::max(most, std::abs(double{value}));
  return most;
}

// Largest difference of two results, relative to the largest logit of the reference.
template <class T>
double logit_error(const std::vector<double>& logits, const std::vector<T>& exact, double scale) {
  REQUIRE(logits.size() == exact.size());
  double most = 0;
  for (size_t i = 0; i < logits.size(); ++i) {
    REQUIRE(std::isfinite(logits[i]));
    most = std::max(most, std::abs(logits[i] - static_cast<double>(exact[i])));
  }
  return most / scale;
}

// The bounds of tests/data/zoo: 1e-5 of a gradient's norm and 1e-6 of the network's largest (some are zero in
// exact arithmetic). Returns the largest share of a bound that was used.
double check_gradients(const PassResult& result, const PassReference& reference) {
  REQUIRE(result.slices.size() == reference.gradients.size());
  double largest_norm = 0, worst = 0;
  for (const auto& [name, summary] : reference.gradients) largest_norm = std::max(largest_norm, summary.norm);
  for (const Parameters::Slice& slice : result.slices) {
    CAPTURE(slice.name);
    REQUIRE(reference.gradients.contains(slice.name));
    const GradientSummary expected = reference.gradients.at(slice.name);
    const GradientSummary found = summarise(result, slice);
    const double bound = 1e-5 * expected.norm + 1e-6 * largest_norm;
    CHECK(std::abs(found.norm - expected.norm) <= bound);
    CHECK(std::abs(found.dot - expected.dot) <= bound);
    worst = std::max(
        {worst, std::abs(found.norm - expected.norm) / bound, std::abs(found.dot - expected.dot) / bound});
  }
  return worst;
}

// By slice: the distance of the gradient from the exact one, and the exact one's norm.
struct GradientDistance {
  double distance, norm;
};

std::vector<GradientDistance> distances(const PassResult& result, const PassResult& exact) {
  REQUIRE(result.slices.size() == exact.slices.size());
  std::vector<GradientDistance> list;
  for (const Parameters::Slice& slice : exact.slices) {
    double distance = 0, norm = 0;
    for (int64_t i = slice.offset; i < slice.offset + slice.count; ++i) {
      const double difference = result.gradients[i] - exact.gradients[i];
      distance += difference * difference;
      norm += exact.gradients[i] * exact.gradients[i];
    }
    list.push_back({std::sqrt(distance), std::sqrt(norm)});
  }
  return list;
}

// What the cpu device chooses by itself against the plain float32 loops, both measured from float64: within
// ten times, and the same floor as in float64. Returns the largest ratio of the two distances above the
// floor.
double check_float32_gradients(const PassResult& chosen, const PassResult& plain, const PassResult& exact,
                               double plain_bound) {
  const auto chosen_distances = distances(chosen, exact), plain_distances = distances(plain, exact);
  double largest_norm = 0, worst = 0;
  for (const GradientDistance& gradient : plain_distances)
    largest_norm = std::max(largest_norm, gradient.norm);
  for (size_t i = 0; i < exact.slices.size(); ++i) {
    CAPTURE(exact.slices[i].name);
    const double bound = 10 * plain_distances[i].distance + 1e-6 * largest_norm;
    CHECK(chosen_distances[i].distance <= bound);
    CHECK(plain_distances[i].distance <= plain_bound * largest_norm);
    worst = std::max(worst, 10 * chosen_distances[i].distance / bound);
  }
  return worst;
}

void check_float64(const PassResult& result, const PassReference& reference, const std::string& title) {
  const double logits = logit_error(result.logits, reference.logits, largest(reference.logits));
  CHECK(logits <= 1e-6);
  CHECK(std::abs(result.loss - reference.loss) <= 1e-6);
  const double gradients = check_gradients(result, reference);
  MESSAGE(title, " float64: logits ", logits, ", loss ", std::abs(result.loss - reference.loss),
          ", gradients ", gradients, " of their bound");
}

struct Float32Run {
  PassResult result;
  KinkTape::Counts kinks;
};

Float32Run run_float32(Device& device, const TestNetwork& network, Pass pass, const KinkTape& tape,
                       const ChoiceOptions& choice) {
  Float32Run run;
  run.result = run_pass(device, network, pass, {.choice = choice}, tape.repairer(device, run.kinks));
  return run;
}

// What was put back was rounding: rare, and small beside the error of the logits.
void check_kinks(const KinkTape::Counts& kinks, double logit_error) {
  CHECK(kinks.elements > 0);
  CHECK(static_cast<double>(kinks.repaired) <= logit_error * static_cast<double>(kinks.elements) + 10);
  CHECK(kinks.largest_change <= 10 * logit_error + 1e-6);
}

void check_float32(const Float32Run& chosen, const Float32Run& plain, const PassResult& exact,
                   const PassReference& reference, const std::string& title) {
  const double scale = largest(reference.logits), floor = 1e-6;
  const double plain_error = logit_error(plain.result.logits, exact.logits, scale);
  const double chosen_error = logit_error(chosen.result.logits, exact.logits, scale);
  // The plain loops themselves are held to PyTorch's float32.
  CHECK(plain_error <= 10 * reference.float32_error + floor);
  CHECK(chosen_error <= 10 * plain_error + floor);
  CHECK(std::abs(plain.result.loss - exact.loss) <= scale * (10 * reference.float32_error + floor));
  CHECK(std::abs(chosen.result.loss - exact.loss) <= scale * (10 * plain_error + floor));
  check_kinks(plain.kinks, plain_error);
  check_kinks(chosen.kinks, chosen_error);
  const double gradients =
      check_float32_gradients(chosen.result, plain.result, exact, 10 * reference.float32_error + floor);
  MESSAGE(title, " float32: logits ", chosen_error, " (plain loops ", plain_error, ", PyTorch ",
          reference.float32_error, "), gradients up to ", gradients, " times the plain loops', ",
          chosen.kinks.repaired, " (", plain.kinks.repaired, ") of ", chosen.kinks.elements,
          " activations put back");
}

// A network's exact pass and the plain float32 loops, which everything else is measured by.
struct Yardstick {
  const TestNetwork& network;
  Pass pass;
  bool with_methods;
  const PassReference& expected;
  std::string title;
  KinkTape tape;
  PassResult exact;
  Float32Run plain;

  Float32Run check(Device& device, const ChoiceOptions& choice, const std::string& how) const {
    CAPTURE(how);
    Float32Run run = run_float32(device, network, pass, tape, choice);
    check_float32(run, plain, exact, expected, title + how);
    return run;
  }
};

using MethodsSeen = std::set<std::string>;  // "emulated:sm_80 tiled"

// Where the method accepts; what it refuses stays as it was.
Choices with_conv_method(Choices choices, const std::string& method) {
  for (auto& [problem, implementation] : choices)
    if (problem.starts_with("conv_")) implementation = method;
  return choices;
}

void check_conv_method(const Yardstick& yardstick, Device& device, const std::string& method,
                       const Choices& chosen, MethodsSeen& seen) {
  const ChoiceOptions options{
      .forced = {}, .preferred = with_conv_method(chosen, method), .winners = {}, .explain = {}};
  const std::string how = text(device.properties().name, " ", method);
  const Choices run = yardstick.check(device, options, " " + how).result.implementations;
  for (const auto& [problem, implementation] : run)
    if (problem.starts_with("conv_") && implementation == method) seen.insert(how);
}

// Our kernels as the lists choose them; on the quick networks then each convolution method. Training differs
// from inference in batch norm alone: there the full suite repeats the methods.
void check_kernels(const Yardstick& yardstick, MethodsSeen& seen) {
  for (const auto& device : kernel_devices()) {
    const std::string how = " " + device->properties().name;
    const Choices chosen = yardstick.check(*device, {}, how).result.implementations;
    if (!yardstick.with_methods) continue;
    for (const std::string& method : conv_methods(*device))
      check_conv_method(yardstick, *device, method, chosen, seen);
  }
}

void check_network(const Architecture& architecture, const NetworkReference& reference, MethodsSeen& seen) {
  const TestNetwork network(architecture, reference);
  for (const Pass pass : {Pass::eval, Pass::train}) {
    Yardstick yardstick{.network = network,
                        .pass = pass,
                        .with_methods = is_quick(architecture.name) && (pass == Pass::eval || full_suite()),
                        .expected = pass == Pass::eval ? reference.eval : reference.train,
                        .title = text(architecture.name, pass == Pass::eval ? " eval" : " train"),
                        .tape = {},
                        .exact = {},
                        .plain = {}};
    yardstick.exact = run_pass(*open_device("float64"), network, pass,
                               {.choice = {}, .poison = !full_suite()}, yardstick.tape.recorder());
    check_float64(yardstick.exact, yardstick.expected, yardstick.title);
    const auto cpu = open_device("cpu");
    yardstick.plain = run_float32(*cpu, network, pass, yardstick.tape, reference_only());
    yardstick.check(*cpu, {}, " cpu");
    check_kernels(yardstick, seen);
  }
}

TEST_CASE("networks: logits, loss and gradients agree with the reference outputs") {
  int compared = 0, skipped = 0, missing = 0;
  MethodsSeen seen;
  for (const Architecture& architecture : architectures()) {
    CAPTURE(architecture.name);
    const bool wanted = is_tested(architecture.name);
    const auto reference = wanted ? network_reference(std::string(architecture.name)) : std::nullopt;
    skipped += !wanted;
    missing += wanted && !reference;
    if (!reference) continue;
    check_network(architecture, *reference, seen);
    ++compared;
  }
  if (skipped > 0) MESSAGE(skipped, " networks were skipped; GRAFT_TEST_FULL=1 compares them too");
  if (missing > 0) MESSAGE(missing, " networks have no reference file here");
  CHECK(compared >= (networks_by_name().empty() ? 4 : 1));
  if (!networks_by_name().empty()) return;
  for (const auto& device : kernel_devices())
    for (const std::string& method : conv_methods(*device))
      if (method != "grouped")  // no network here has narrow groups yet
        CHECK_MESSAGE(seen.contains(text(device->properties().name, " ", method)), method);
}

}  // namespace
}  // namespace graft::test
