#include <doctest/doctest.h>

#include "bench/figures/compiled_kernels.h"
#include "bench/figures/gpu.h"
#include "bench/figures/occupancy.h"
#include "bench/figures/tables.h"
#include "engine/error.h"

namespace graft::bench {
namespace {

// From cudaOccMaxActiveBlocksPerMultiprocessor of CUDA 13.0's cuda_occupancy.h, carve-out for shared memory.
TEST_CASE("bench: a multiprocessor holds as many blocks as NVIDIA's calculator says") {
  struct Known {
    int architecture, registers, threads;
    size_t shared_bytes;
    int blocks;
    const char* limit;
  };
  const Known known[] = {
      {80, 32, 256, 0, 8, "threads"},           {80, 32, 32, 0, 32, "blocks"},
      {80, 33, 256, 0, 6, "registers"},         {80, 163, 64, 26112, 6, "registers"},
      {80, 255, 256, 0, 1, "registers"},        {80, 255, 1024, 0, 0, "registers"},
      {80, 32, 128, 54528, 3, "shared memory"}, {80, 32, 128, 163 * 1024, 1, "shared memory"},
      {80, 40, 96, 9000, 16, "registers"},      {90, 32, 128, 54528, 4, "shared memory"},
      {90, 168, 128, 39168, 3, "registers"},    {90, 32, 128, 227 * 1024, 1, "shared memory"},
      {90, 128, 33, 0, 8, "registers"},
  };
  for (const Known& k : known) {
    CAPTURE(k.architecture);
    CAPTURE(k.registers);
    CAPTURE(k.threads);
    CAPTURE(k.shared_bytes);
    const Occupancy found = occupancy(k.architecture, k.registers, k.threads, k.shared_bytes);
    CHECK(found.blocks == k.blocks);
    CHECK(found.warps == k.blocks * ((k.threads + 31) / 32));
    CHECK(found.limit == k.limit);
  }
  CHECK_THROWS_AS(occupancy(86, 32, 256, 0), Error);
}

TEST_CASE("bench: the roof is the slower of arithmetic and bandwidth") {
  const Gpu a100 = find_gpu("a100");
  CHECK(roof(a100, Math::fp32, 19.5e12, 1555e9 / 2).seconds == doctest::Approx(1));
  CHECK(!roof(a100, Math::fp32, 19.5e12, 1555e9 / 2).by_bandwidth);
  CHECK(roof(a100, Math::tf32, 156e12 / 4, 1555e9 / 2).seconds == doctest::Approx(0.5));
  CHECK(roof(a100, Math::tf32, 156e12 / 4, 1555e9 / 2).by_bandwidth);
  CHECK(roof(a100, Math::fp32, 0, 1555e9).seconds == doctest::Approx(1));
  CHECK_THROWS_AS(find_gpu("a1000"), Error);
}

TEST_CASE("bench: each GPU's figures are there and say where they are from") {
  CHECK(gpus().size() >= 2);
  for (const Gpu& gpu : gpus()) {
    CAPTURE(gpu.name);
    CHECK(gpu.multiprocessors > 50);
    CHECK(gpu.fp32 > 1e13);
    CHECK(gpu.tf32 > gpu.fp32);
    CHECK(gpu.bandwidth > 1e12);
    CHECK(gpu.source.find("NVIDIA") != std::string::npos);
  }
}

TEST_CASE("bench: a function is found in the table of compiled kernels, whatever its device") {
  const std::string name = short_name(
      "void graft::emulated::(anonymous namespace)::conv_forward_implicit_kernel<graft::emulated::(anonymous "
      "namespace)::Tile<(graft::Math)0, (int)128, (int)64>, float>(graft::ConvProblem, float const*)");
  CHECK(name == "conv_forward_implicit_kernel<Tile<fp32, 128, 64>, float>");
  for (const char* architecture : {"sm_80", "sm_90a"}) {
    const auto compiled = compiled_kernel(name, architecture);
    REQUIRE(compiled);
    CHECK(compiled->registers > 32);
    CHECK(compiled->registers <= 255);
    CHECK(compiled->spilled_bytes == 0);
  }
  CHECK(!compiled_kernel(name, "sm_70"));
  CHECK(!compiled_kernel("no_such_kernel", "sm_80"));
  CHECK(short_name("").empty());
}

}  // namespace
}  // namespace graft::bench
