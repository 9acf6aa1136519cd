#include "engine/parameters.h"

#include <cstring>

#include "engine/check.h"

namespace graft {

namespace {

// Slices start on 64-byte boundaries so that vector loads of one never reach into the next.
int64_t aligned(int64_t count) { return (count + 15) / 16 * 16; }

int find(const std::vector<Parameters::Slice>& slices, std::string_view name) {
  for (size_t i = 0; i < slices.size(); ++i)
    if (slices[i].name == name) return static_cast<int>(i);
  return -1;
}

Buffer zeroed(Device& device, size_t bytes) {
  Buffer buffer(device, bytes);
  device.fill(buffer.data(), 0, bytes, device.stream());
  device.stream().synchronize();
  return buffer;
}

}  // namespace

const HostTensor& weight_of(const Weights& weights, std::string_view name, const Shape& shape) {
  const auto found = weights.find(name);
  GRAFT_CHECK(found != weights.end(), format, "the weights have no tensor '", name, "'");
  GRAFT_CHECK(found->second.shape == shape, shape, "tensor '", name, "' is ", found->second.shape,
              "; the network needs ", shape);
  return found->second;
}

Parameters::Parameters(Device& device, const Graph& graph, const Weights& weights,
                       const std::vector<bool>& moving, int slots, DType dtype)
    : device_(device), dtype_(dtype), slots_(slots) {
  int64_t statistic_count = 0;
  for (NodeId id = graph.size() - 1; id > 0; --id) {
    const Node& node = graph[id];
    for (const ParameterSpec& spec : node.layer->parameters()) {
      if (is_statistic(spec.role) ? !moving[id] : !node.trainable) continue;
      int64_t& end = is_statistic(spec.role) ? statistic_count : trainable_count_;
      Slice slice{parameter_name(node, spec), spec, id, end, spec.shape.count()};
      end = aligned(end + slice.count);
      (is_statistic(spec.role) ? statistics_ : trainable_).push_back(std::move(slice));
    }
  }
  const size_t size = size_of(dtype);
  values_ = zeroed(device, trainable_count_ * size);
  gradients_ = zeroed(device, trainable_count_ * size);
  statistics_arena_ = zeroed(device, statistic_count * size);
  for (int i = 0; i < slots; ++i) slot_arenas_.push_back(zeroed(device, trainable_count_ * size));
  load(weights);
}

int Parameters::find_trainable(std::string_view name) const { return find(trainable_, name); }
int Parameters::find_statistic(std::string_view name) const { return find(statistics_, name); }

TensorView Parameters::values() const { return view_of(values_.data(), {trainable_count_}, dtype_); }
TensorView Parameters::gradients() const { return view_of(gradients_.data(), {trainable_count_}, dtype_); }
TensorView Parameters::slot(int index) const {
  return view_of(slot_arenas_.at(index).data(), {trainable_count_}, dtype_);
}

TensorView Parameters::slice_view(const Buffer& arena, const Slice& slice) const {
  return view_of(arena.data() + slice.offset * size_of(dtype_), packed_shape(slice.spec), dtype_);
}
TensorView Parameters::value(int slice) const { return slice_view(values_, trainable_.at(slice)); }
TensorView Parameters::gradient(int slice) const { return slice_view(gradients_, trainable_.at(slice)); }
TensorView Parameters::statistic(int slice) const {
  return slice_view(statistics_arena_, statistics_.at(slice));
}

void Parameters::upload(const Buffer& arena, const std::vector<Slice>& slices, const Weights& weights) {
  for (const Slice& slice : slices) {
    const HostTensor& tensor = weight_of(weights, slice.name, slice.spec.shape);
    const auto pack = [&](void* to) {
      if (dtype_ == DType::float64)
        pack_parameter(slice.spec, tensor.data, static_cast<double*>(to));
      else
        pack_parameter(slice.spec, tensor.data, static_cast<float*>(to));
    };
    const TensorView to = slice_view(arena, slice);
    if (!device_.properties().separate_memory) {
      pack(to.data);
      continue;
    }
    std::vector<std::byte> host(to.bytes());
    pack(host.data());
    device_.copy_in(to.data, host.data(), host.size(), device_.stream());
    device_.stream().synchronize();
  }
}

void Parameters::download(const Buffer& arena, const std::vector<Slice>& slices, Weights& weights) const {
  for (const Slice& slice : slices) {
    std::vector<std::byte> packed(slice.count * size_of(dtype_));
    device_.copy_out(packed.data(), slice_view(arena, slice).data, packed.size(), device_.stream());
    device_.stream().synchronize();
    std::vector<float> published(slice.count);
    if (dtype_ == DType::float64)
      unpack_parameter(slice.spec, reinterpret_cast<const double*>(packed.data()), published.data());
    else
      unpack_parameter(slice.spec, reinterpret_cast<const float*>(packed.data()), published.data());
    weights[slice.name] = HostTensor::from(slice.spec.shape, std::move(published));
  }
}

void Parameters::load(const Weights& weights) {
  upload(values_, trainable_, weights);
  upload(statistics_arena_, statistics_, weights);
}

void Parameters::store(Weights& weights) const {
  download(values_, trainable_, weights);
  download(statistics_arena_, statistics_, weights);
}

Weights Parameters::slot_values(int index) const {
  Weights values;
  download(slot_arenas_.at(index), trainable_, values);
  return values;
}

void Parameters::load_slot(int index, const Weights& values) {
  upload(slot_arenas_.at(index), trainable_, values);
}

std::vector<std::byte> Parameters::bytes_of(const Buffer& arena) const {
  std::vector<std::byte> bytes(arena.bytes());
  device_.copy_out(bytes.data(), arena.data(), bytes.size(), device_.stream());
  device_.stream().synchronize();
  return bytes;
}

void Parameters::set_bytes(const Buffer& arena, const std::vector<std::byte>& bytes) {
  device_.copy_in(arena.data(), bytes.data(), bytes.size(), device_.stream());
  device_.stream().synchronize();
}

void Parameters::fill_slot(int index) { set_bytes(slot_arenas_.at(index), bytes_of(values_)); }

void Parameters::exchange_with_slot(int index) {
  const std::vector<std::byte> values = bytes_of(values_);
  set_bytes(values_, bytes_of(slot_arenas_.at(index)));
  set_bytes(slot_arenas_.at(index), values);
}

size_t Parameters::bytes() const {
  size_t sum = values_.bytes() + gradients_.bytes() + statistics_arena_.bytes();
  for (const Buffer& slot : slot_arenas_) sum += slot.bytes();
  return sum;
}

}  // namespace graft
