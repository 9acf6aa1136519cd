#include "kernels/gemm/add_parts.h"
#include "kernels/gemm/dense_kernels.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {
namespace {

constexpr int warps = 8, lanes = warp_size, fours_of_lane = 4;
constexpr int gemv_rows = static_cast<int>(most_gemv_rows);

// A warp forms one output for up to 8 rows: it reads the output's weights once, 512 neighbouring bytes with
// every load and four loads a lane on their way, and x from the caches. Weights are 4 bytes for 2 to 16
// FLOPs: memory is the limit. Lanes are added in a fixed tree. x: [n, inputs]; w: [outputs, inputs]; y: [n,
// outputs]
GRAFT_KERNEL_BOUNDED(warps* lanes)
void dense_forward_gemv_kernel(const float* x, const float* w, float* y, int n, int inputs, int outputs,
                               Epilogue epilogue) {
  const int output = block_index().x * warps + warp_index(), lane = lane_index();
  if (output >= outputs) return;  // whole warps
  const float* weights = w + int64_t{output} * inputs;
  float sums[gemv_rows] = {};
  for (int first = 4 * lane; first < inputs; first += 4 * lanes * fours_of_lane) {
    Float4 four[fours_of_lane];
    GRAFT_UNROLL
    for (int i = 0; i < fours_of_lane; ++i) {
      const int at = first + 4 * lanes * i;
      four[i] = at < inputs ? load4(weights + at) : Float4{0, 0, 0, 0};
    }
    GRAFT_UNROLL
    for (int row = 0; row < gemv_rows; ++row) {
      if (row >= n) break;
      GRAFT_UNROLL
      for (int i = 0; i < fours_of_lane; ++i) {
        const int at = first + 4 * lanes * i;
        if (at >= inputs) break;
        const Float4 input = load4(x + int64_t{row} * inputs + at);
        sums[row] += four[i].x * input.x + four[i].y * input.y + four[i].z * input.z + four[i].w * input.w;
      }
    }
  }
  GRAFT_UNROLL
  for (int row = 0; row < gemv_rows; ++row) {
    if (row >= n) break;  // the same for all lanes
    const float sum = warp_sum(sums[row]);
    const int64_t at = int64_t{row} * outputs + output;
    if (lane == 0) y[at] = epilogue(sum, output, at);
  }
}

struct Shared {
  Float4 sums[warps][gemv_rows][lanes];
};

// A block sums 128 inputs over a part of the outputs: a lane keeps four neighbours, the warps take every
// eighth row of weights (512 neighbouring bytes a load) and are added in order. Weights are read once: memory
// is the limit. dy: [n, outputs]; w: [outputs, inputs]; dx: [parts, n, inputs]
GRAFT_KERNEL_BOUNDED(warps* lanes)
void dense_backward_data_gemv_kernel(const float* dy, const float* w, float* dx, int n, int inputs,
                                     int outputs, int outputs_of_part) {
  auto& shared = shared_memory<Shared>();
  const Int3 block = block_index();
  const int lane = lane_index(), warp = warp_index(), input = 4 * (block.x * lanes + lane);
  const int begin = block.y * outputs_of_part;
  const int end = begin + outputs_of_part < outputs ? begin + outputs_of_part : outputs;
  Float4 sums[gemv_rows] = {};
  for (int output = begin + warp; output < end && input < inputs; output += warps) {
    const Float4 weights = load4(w + int64_t{output} * inputs + input);
    GRAFT_UNROLL
    for (int row = 0; row < gemv_rows; ++row)
      if (row < n) multiply_add(sums[row], dy[int64_t{row} * outputs + output], weights);
  }
  GRAFT_UNROLL
  for (int row = 0; row < gemv_rows; ++row) shared.sums[warp][row][lane] = sums[row];
  block_barrier();
  // Warp r adds row r.
  if (warp >= n || input >= inputs) return;
  Float4 sum = shared.sums[0][warp][lane];
  for (int i = 1; i < warps; ++i) multiply_add(sum, 1, shared.sums[i][warp][lane]);
  store4(dx + (int64_t{block.y} * n + warp) * inputs + input, sum);
}
static_assert(warps >= gemv_rows, "a warp for every row");

}  // namespace

void dense_forward_gemv(const DenseProblem& p, const DenseForward::Args& args, const RunContext& context) {
  launch("dense_forward_gemv", dense_forward_gemv_kernel, {blocks_for(p.outputs, warps)}, {warps * lanes}, 0,
         context.stream, floats(args.x), floats(args.w), floats(args.y), static_cast<int>(p.n),
         static_cast<int>(p.inputs), static_cast<int>(p.outputs),
         Epilogue{p.bias ? floats(args.bias) : nullptr, nullptr, p.activation});
}

void dense_backward_data_gemv(const DenseProblem& p, const DenseBackwardData::Args& args,
                              const RunContext& context) {
  const SplitSum split = dense_gemv_split(p);
  float* dx = split.parts > 1 ? static_cast<float*>(context.scratch) : floats(args.dx);
  launch("dense_backward_data_gemv", dense_backward_data_gemv_kernel,
         {blocks_for(p.inputs, 4 * lanes), split.parts}, {warps * lanes}, sizeof(Shared), context.stream,
         floats(args.dy), floats(args.w), dx, static_cast<int>(p.n), static_cast<int>(p.inputs),
         static_cast<int>(p.outputs), static_cast<int>(split.length_of_part));
  if (split.parts > 1)
    launch_add_parts(dx, floats(args.dx), split.parts, p.n, p.inputs, no_epilogue, context.stream);
}

}  // namespace graft::GRAFT_TARGET
