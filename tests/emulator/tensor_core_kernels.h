#pragma once

#include "engine/device.h"
#include "kernels/targets.h"

// What tensor_core.h offers, one warp each; every lane's numbers side by side.
GRAFT_FOR_EACH_TARGET(
    // c += a b of one m16n8k8. a: [32][4]; b: [32][2]; c: [32][4]
    void multiply_fragments(const float* a, const float* b, float* c, Stream& stream);
    // rows: [32][4], what lane l shows; out: [32][4], what lane l receives
    void hand_out_rows(const float* rows, float* out, Stream& stream);
    void round_to_tf32(const float* x, float* y, Stream& stream);)  // [32]
