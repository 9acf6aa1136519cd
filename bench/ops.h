#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "bench/figures/shape.h"
#include "bench/kernel_case.h"

namespace graft::bench {

// A pass of an op that can be run on any shape.
struct OpPass {
  std::string_view op, pass;
  std::span<const Letter> letters;
  // Throws Error{call} for sizes that do not fit together. `math`: what the problem allows.
  std::vector<KernelCase> (*cases)(const Sizes& sizes, Math math);
};

std::span<const OpPass> conv_passes();
std::span<const OpPass> dense_passes();
std::span<const OpPass> memory_passes();   // of ops that are bound by memory
std::span<const OpPass> channel_passes();  // and whose elements know their channel

std::vector<OpPass> op_passes();  // all of them
// Throws Error{call} naming those that there are.
OpPass find_op_pass(std::string_view op, std::string_view pass);

}  // namespace graft::bench
