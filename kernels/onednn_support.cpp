#include "kernels/onednn_support.h"

namespace graft {

std::string onednn_version() {
  const dnnl_version_t& version = *dnnl_version();
  return text(version.major, '.', version.minor, '.', version.patch);
}

// AMX includes it.
std::string why_no_onednn_bf16() {
  constexpr int needed = dnnl_cpu_isa_avx512_core_bf16;
  return (dnnl_get_effective_cpu_isa() & needed) == needed
             ? ""
             : "this processor has neither AVX-512 BF16 nor AMX";
}

}  // namespace graft

namespace graft::onednn {

const dnnl::engine& engine() {
  static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
  return cpu;
}

memory::data_type type_of(DType type) {
  return type == DType::bfloat16 ? memory::data_type::bf16 : memory::data_type::f32;
}

// oneDNN names sizes in the order N, C, H, W whatever the layout.
memory::desc nhwc(int64_t n, int64_t h, int64_t w, int64_t c, DType type) {
  return {{n, c, h, w}, type_of(type), memory::format_tag::nhwc};
}
memory::desc matrix(int64_t rows, int64_t columns, DType type) {
  return {{rows, columns}, type_of(type), memory::format_tag::ab};
}
memory::desc vector(int64_t count) { return {{count}, memory::data_type::f32, memory::format_tag::a}; }

namespace {

void append(dnnl::post_ops& after, Activation activation) {
  using dnnl::algorithm;
  const auto add = [&](algorithm kind, float alpha, float beta) {
    after.append_eltwise(1, kind, alpha, beta);
  };
  switch (activation.kind) {
    case Activation::none: return;
    case Activation::relu: return add(algorithm::eltwise_relu, 0, 0);
    case Activation::relu6: return add(algorithm::eltwise_clip, 0, 6);
    case Activation::sigmoid: return add(algorithm::eltwise_logistic, 0, 0);
    case Activation::silu: return add(algorithm::eltwise_swish, 1, 0);
    case Activation::hard_swish: return add(algorithm::eltwise_hardswish, 0, 0);
    case Activation::leaky_relu: return add(algorithm::eltwise_relu, activation.slope, 0);
    case Activation::gelu: return add(algorithm::eltwise_gelu_erf, 0, 0);
    case Activation::hard_sigmoid:
      add(algorithm::eltwise_linear, 1.0f / 6, 0.5f);
      return add(algorithm::eltwise_clip, 0, 1);
  }
}

}  // namespace

dnnl::primitive_attr attributes(Activation activation, bool sum) {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  dnnl::post_ops after;
  if (sum) after.append_sum();
  append(after, activation);
  attributes.set_post_ops(after);
  return attributes;
}

void Runner::place(const Operand& operand) const {
  void* const data = const_cast<void*>(operand.data);
  const auto found = arguments_.find(operand.argument);
  if (found == arguments_.end())
    arguments_.emplace(operand.argument, memory(operand.description, engine(), data));
  else if (found->second.get_data_handle() != data)
    found->second.set_data_handle(data);
}

void Runner::run(std::initializer_list<Operand> operands, void* scratchpad) const {
  try {
    for (const Operand& operand : operands) place(operand);
    place({DNNL_ARG_SCRATCHPAD, scratchpad_, scratchpad});
    primitive_.execute(stream_, arguments_);
  } catch (const dnnl::error& error) {
    fail(ErrorCode::device, "oneDNN failed: ", error.what());
  }
}

Reorder::Reorder(const memory::desc& from, const memory::desc& to) : from_(from), to_(to) {
  runner_ =
      Runner::of<dnnl::reorder>(dnnl::reorder::primitive_desc(engine(), from, engine(), to, attributes()));
}

void Reorder::run(const void* from, void* to, void* scratchpad) const {
  runner_.run({{DNNL_ARG_FROM, from_, from}, {DNNL_ARG_TO, to_, to}}, scratchpad);
}

}  // namespace graft::onednn
