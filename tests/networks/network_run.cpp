#include "networks/network_run.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <numeric>

#include "engine/check.h"
#include "kernels/batch_norm/batch_norm.h"
#include "kernels/channel_scale/channel_scale.h"
#include "kernels/channel_shuffle/channel_shuffle.h"
#include "kernels/conv/conv.h"
#include "kernels/dropout/dropout.h"
#include "kernels/elementwise/elementwise.h"
#include "kernels/elementwise/multiply.h"
#include "kernels/elementwise/slice_gradient.h"
#include "kernels/gemm/dense.h"
#include "kernels/layer_norm/layer_norm.h"
#include "kernels/optimizer/optimizer.h"
#include "kernels/pool/pool.h"
#include "kernels/softmax_cross_entropy/softmax_cross_entropy.h"
#include "layers/dropout.h"
#include "networks/reference_weights.h"

namespace graft::test {

namespace {

template <class... Ops>
ChoiceOptions force_reference() {
  ChoiceOptions options;
  (options.forced.emplace(Ops::name, "reference"), ...);
  return options;
}

std::vector<double> widened(const std::vector<std::byte>& bytes, DType dtype) {
  std::vector<double> values(bytes.size() / size_of(dtype));
  if (dtype == DType::float64) {
    std::memcpy(values.data(), bytes.data(), bytes.size());
  } else {
    const float* narrow = reinterpret_cast<const float*>(bytes.data());
    std::copy(narrow, narrow + values.size(), values.begin());
  }
  return values;
}

std::vector<double> read_gradients(Device& device, const Parameters& parameters) {
  const TensorView arena = parameters.gradients();
  std::vector<std::byte> bytes(arena.bytes());
  device.copy_out(bytes.data(), arena.data, bytes.size(), device.stream());
  device.stream().synchronize();
  return widened(bytes, arena.dtype);
}

}  // namespace

TestNetwork::TestNetwork(const Architecture& architecture, const NetworkReference& reference)
    : graph(architecture.build(1000)), labels(reference.labels) {
  for (NodeId id = 1; id < graph.size(); ++id)
    if (graph[id].layer->is_random()) graph.replace(id, std::make_shared<DropoutLayer>(0));
  weights = reference_weights(graph, reference.statistics);
  const Shape& nchw = reference.input;
  input_shape = {nchw[0], nchw[2], nchw[3], nchw[1]};
  const std::vector<float> published = uniform("input", nchw.count());
  const int64_t pixels = nchw[2] * nchw[3];
  for (int64_t n = 0; n < nchw[0]; ++n)
    for (int64_t pixel = 0; pixel < pixels; ++pixel)
      for (int64_t c = 0; c < nchw[1]; ++c)
        input.push_back(2 * published[(n * nchw[1] + c) * pixels + pixel]);
}

DType compute_type(const Device& device) {
  return device.properties().kind == DeviceKind::float64 ? DType::float64 : DType::float32;
}

void write_batch(Executor& executor, const TestNetwork& network) {
  const ValueId input = executor.plan().inputs[0];
  if (executor.plan().value(input).dtype == DType::float64)
    executor.write(input, std::vector<double>(network.input.begin(), network.input.end()).data());
  else
    executor.write(input, network.input.data());
  executor.write(executor.plan().labels, network.labels.data());
}

std::vector<double> read_value(const Executor& executor, ValueId id) {
  std::vector<std::byte> bytes(executor.address(id).bytes());
  executor.read(id, bytes.data());
  return widened(bytes, executor.plan().value(id).dtype);
}

PassResult run_pass(Device& device, const TestNetwork& network, Pass pass, ExecutorOptions options,
                    Executor::Observer observer, decltype(&lower) lowering) {
  const DType dtype = compute_type(device);
  LowerRequest request{.from = {network.graph.input()},
                       .shapes = {network.input_shape},
                       .to = {network.graph.output()},
                       .training = pass == Pass::train,
                       .batch_norm = pass == Pass::train ? BatchNormMode::train : BatchNormMode::frozen,
                       .loss = LossSettings{},
                       .update = {},
                       .dtype = dtype};
  const Parameters parameters(device, network.graph, network.weights,
                              moving_statistics(network.graph, request.batch_norm), 0, dtype);
  Workspace workspace(device);
  Executor executor(workspace, lowering(network.graph, network.weights, &parameters, request), &parameters,
                    nullptr, std::move(options));
  write_batch(executor, network);
  executor.observe(std::move(observer));
  executor.run();

  const std::vector<double> losses = read_value(executor, executor.plan().losses);
  return {.logits = read_value(executor, executor.plan().outputs[0]),
          .loss = std::accumulate(losses.begin(), losses.end(), 0.0),
          .slices = parameters.trainable(),
          .gradients = read_gradients(device, parameters),
          .implementations = executor.implementations()};
}

ChoiceOptions reference_only() {
  return force_reference<ActivationForward, ActivationBackward, Add, BatchNormForward, BatchNormBackward,
                         ChannelScaleForward, ChannelScaleBackward, ChannelShuffle, ConvForward,
                         ConvBackwardData, ConvBackwardWeights, Copy, DenseForward, DenseBackwardData,
                         DenseBackwardWeights, Dropout, GradientNorm, LayerNormForward, LayerNormBackward,
                         MultiplyForward, MultiplyBackward, PoolForward, PoolBackward, SgdUpdate, AdamWUpdate,
                         SliceGradient, SoftmaxCrossEntropy>();
}

GradientSummary summarise(const PassResult& result, const Parameters::Slice& slice) {
  const std::vector<float> published = uniform("grad." + slice.name, slice.count);
  std::vector<float> probe(slice.count);
  pack_parameter(slice.spec, published.data(), probe.data());
  const double* gradient = result.gradients.data() + slice.offset;
  double square = 0, dot = 0;
  for (int64_t i = 0; i < slice.count; ++i) {
    square += gradient[i] * gradient[i];
    dot += gradient[i] * probe[i];
  }
  return {std::sqrt(square), dot};
}

namespace {

template <class Op>
void add_methods(DeviceKind kind, std::set<std::string>& names) {
  for (const Implementation<Op>& entry : implementations<Op>())
    if (entry.device == kind && entry.math == Math::fp32) names.insert(std::string(entry.name));
}

}  // namespace

std::set<std::string> conv_methods(const Device& device) {
  std::set<std::string> names;
  add_methods<ConvForward>(device.properties().kind, names);
  add_methods<ConvBackwardData>(device.properties().kind, names);
  add_methods<ConvBackwardWeights>(device.properties().kind, names);
  return names;
}

bool full_suite() {
  const char* full = std::getenv("GRAFT_TEST_FULL");
  return full && std::string_view(full) == "1";
}

bool is_quick(std::string_view arch) {
  constexpr std::string_view quick[] = {"squeezenet1_1", "mobilenet_v2", "efficientnet_lite0", "resnet18"};
  return std::find(std::begin(quick), std::end(quick), arch) != std::end(quick);
}

std::string_view networks_by_name() {
  const char* names = std::getenv("GRAFT_TEST_NETWORKS");
  return names ? names : "";
}

bool is_tested(std::string_view arch) {
  const std::string_view names = networks_by_name();
  if (names.empty()) return full_suite() || is_quick(arch);
  return text(',', names, ',').find(text(',', arch, ',')) != std::string::npos;
}

}  // namespace graft::test
