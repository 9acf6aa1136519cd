#pragma once

#include "kernels/async_copy.h"
#include "kernels/vector.h"

// A slab: some steps of the sum for the rows of a tile, in shared memory, copied there in pieces of 16 bytes
// just as they lie in global memory.
namespace graft::GRAFT_TARGET {

// A slab has 64 bytes of each row.
template <class Element>
constexpr int steps_of_slab = 64 / static_cast<int>(sizeof(Element));
template <class Element>
constexpr int piece = 16 / static_cast<int>(sizeof(Element));

// Where a piece of an operand lies; zeros where not inside.
template <class Element>
struct Source {
  const Element* from;
  bool inside;
};

// Of float, for CUDA cores.
template <bool along_depth, int rows>
struct Slab;

// Neighbours along k: [rows][16]. Four floats of room after every four rows: eight lanes that read rows four
// apart meet all banks once, and so do eight that write two rows.
template <int rows>
struct alignas(16) Slab<true, rows> {
  struct FourRows {
    float of[4][steps_of_slab<float>];
    float room[4];
  };
  FourRows fours[rows / 4];

  GRAFT_DEVICE float* at(int row, int k) { return &fours[row / 4].of[row % 4][k]; }
  // out[j]: rows [row, row + 4) at k + j
  GRAFT_DEVICE void read(int row, int k, Float4 (&out)[4]) const {
    GRAFT_UNROLL
    for (int i = 0; i < 4; ++i) out[i] = load4(&fours[row / 4].of[i][k]);
    transpose(out);
  }
};

// Neighbours along the rows: [16][rows].
template <int rows>
struct alignas(16) Slab<false, rows> {
  float of[steps_of_slab<float>][rows];

  GRAFT_DEVICE float* at(int row, int k) { return &of[k][row]; }
  GRAFT_DEVICE void read(int row, int k, Float4 (&out)[4]) const {
    GRAFT_UNROLL
    for (int j = 0; j < 4; ++j) out[j] = load4(&of[k + j][row]);
  }
};

// Copies the first rows of an operand, a slab with every fetch. What depends on the row is found once, what
// depends on the sum is counted on, so that nothing is divided on the way.
//   Operand::Element           float or bfloat16
//   Operand::along_depth       neighbours lie along the sum (else along the rows)
//   Operand::row(i)            a row's coordinates, also beyond the end
//   Operand::step(j)           those of step j of the slab, where a thread must know them itself; else just j
//   Operand::at(row, step)     the Source of a piece
//   Operand::advance()         a slab further; advance(step) likewise
template <class Operand, int rows, int threads, bool along_depth = Operand::along_depth>
class SlabLoader;

// Four threads take a row.
template <class Operand, int rows, int threads>
class SlabLoader<Operand, rows, threads, true> {
 public:
  GRAFT_DEVICE explicit SlabLoader(const Operand& operand) : operand_(operand), step_(operand.step(step())) {
    GRAFT_UNROLL
    for (int i = 0; i < copies; ++i) rows_[i] = operand.row(row(i));
  }
  template <class SlabOf>
  GRAFT_DEVICE void fetch(SlabOf& slab) {
    GRAFT_UNROLL
    for (int i = 0; i < copies; ++i) {
      const auto source = operand_.at(rows_[i], step_);
      async_copy<16>(slab.at(row(i), step()), source.from, source.inside);
    }
    operand_.advance(step_);
    operand_.advance();
  }

 private:
  static constexpr int copies = rows * 4 / threads;
  static_assert(copies * threads == rows * 4, "every thread copies as much");
  GRAFT_DEVICE static int row(int i) { return linear_thread_index() / 4 + i * (threads / 4); }
  GRAFT_DEVICE static int step() { return linear_thread_index() % 4 * piece<typename Operand::Element>; }

  Operand operand_;
  typename Operand::Row rows_[copies];
  typename Operand::Step step_;
};

// Neighbouring threads take neighbouring pieces of one step.
template <class Operand, int rows, int threads>
class SlabLoader<Operand, rows, threads, false> {
 public:
  GRAFT_DEVICE explicit SlabLoader(const Operand& operand) : operand_(operand), row_(operand.row(row())) {
    GRAFT_UNROLL
    for (int i = 0; i < copies; ++i) steps_[i] = operand.step(step(i));
  }
  template <class SlabOf>
  GRAFT_DEVICE void fetch(SlabOf& slab) {
    GRAFT_UNROLL
    for (int i = 0; i < copies; ++i) {
      const auto source = operand_.at(row_, steps_[i]);
      async_copy<16>(slab.at(row(), step(i)), source.from, source.inside);
      operand_.advance(steps_[i]);
    }
    operand_.advance();
  }

 private:
  using Element = typename Operand::Element;
  static constexpr int pieces = rows / piece<Element>, copies = pieces * steps_of_slab<Element> / threads;
  static_assert(threads % pieces == 0 && copies * threads == pieces * steps_of_slab<Element>,
                "every thread copies as much");
  GRAFT_DEVICE static int row() { return linear_thread_index() % pieces * piece<Element>; }
  GRAFT_DEVICE static int step(int i) { return linear_thread_index() / pieces + i * (threads / pieces); }

  Operand operand_;
  typename Operand::Row row_;
  typename Operand::Step steps_[copies];
};

}  // namespace graft::GRAFT_TARGET
