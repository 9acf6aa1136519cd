#pragma once

#include "kernels/dropout/dropout.h"
#include "kernels/dropout/mask.h"
#include "kernels/host_loops.h"
#include "kernels/reference.h"

namespace graft {

template <class T>
class DropoutReference : public Prepared<Dropout> {
 public:
  explicit DropoutReference(const DropoutProblem& problem) : p_(problem) {}

  void run(const Dropout::Args& args, const RunContext& context) override {
    const T* x = args.x.as<T>();
    T* y = args.y.as<T>();
    const uint64_t seed = context.state->seed, step = context.state->step;
    const uint32_t threshold = drop_threshold(p_.probability);
    const T scale = static_cast<T>(1 / (1 - p_.probability));
    static_assert(elements_per_block % 4 == 0, "a block starts with a quad of random words");
    for_each_block(p_.count, elements_per_block, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; i += 4) {
        const PhiloxCounter four = dropout_words(seed, step, p_.layer, static_cast<uint32_t>(i / 4));
        const uint32_t words[] = {four.x, four.y, four.z, four.w};
        for (int64_t j = i; j < std::min(i + 4, end); ++j)
          y[j] = is_kept(words[j - i], threshold) ? x[j] * scale : T(0);
      }
    });
  }

 private:
  DropoutProblem p_;
};

}  // namespace graft
