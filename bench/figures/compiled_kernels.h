#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace graft::bench {

// What nvcc made of a kernel (kernels/kernel_figures.tsv).
struct CompiledKernel {
  int registers, spilled_bytes;
};

// Nothing where the table has no such kernel. `name`: as short_name() gives it.
std::optional<CompiledKernel> compiled_kernel(std::string_view name, std::string_view architecture);

// "conv_forward_tiled_kernel" from the full name of that function, in whatever device's namespace: the name
// that tools/kernel-table gives it.
std::string short_name(std::string full_name);

}  // namespace graft::bench
