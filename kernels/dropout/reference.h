#pragma once

#include <algorithm>

#include "kernels/dropout/dropout.h"
#include "kernels/dropout/mask.h"
#include "kernels/host_loops.h"
#include "kernels/host_vectors.h"
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
    static_assert(elements_per_block % words_at_once == 0, "a block starts with a quad of random words");
    for_each_block(p_.count, elements_per_block, [&](int64_t begin, int64_t end) {
      with_widest_vectors([&]() GRAFT_INLINE {
        for (int64_t i = begin; i < end; i += words_at_once) {
          uint32_t words[words_at_once];
          for (int64_t quad = 0; quad < words_at_once / 4; ++quad) {
            const PhiloxCounter four =
                dropout_words(seed, step, p_.layer, static_cast<uint32_t>(i / 4 + quad));
            words[4 * quad] = four.x;
            words[4 * quad + 1] = four.y;
            words[4 * quad + 2] = four.z;
            words[4 * quad + 3] = four.w;
          }
          // x is read whatever the word says: a branch on random bits would be mispredicted half of the time.
          const int64_t count = std::min(words_at_once, end - i);
          for (int64_t j = 0; j < count; ++j) {
            const T value = x[i + j] * scale;
            y[i + j] = is_kept(words[j], threshold) ? value : T(0);
          }
        }
      });
    });
  }

 private:
  static constexpr int64_t words_at_once = 64;

  DropoutProblem p_;
};

}  // namespace graft
