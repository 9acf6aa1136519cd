#pragma once

#include "engine/device.h"
#include "engine/dtype.h"
#include "kernels/targets.h"

// What tensor_core.h and half_vector.h offer, one warp each; every lane's words side by side.
GRAFT_FOR_EACH_TARGET(
    // c += a b of one instruction for operands of that type. a: [32][4]; b: [32][2]; c: [32][4]
    void multiply_fragments(DType type, const uint32_t* a, const uint32_t* b, float* c, Stream& stream);
    // rows: [32][4], what lane l shows; out: [32][4], what lane l receives
    void hand_out_rows(bool transposed, const uint32_t* rows, uint32_t* out, Stream& stream);
    void round_to_tf32(const uint32_t* x, uint32_t* y, Stream& stream);    // [32]
    void round_to_bfloat16(const float* x, uint16_t* y, Stream& stream);)  // [32]
