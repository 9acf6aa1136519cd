#pragma once

#include "kernels/channel_shuffle/channel_shuffle.h"
#include "kernels/host_loops.h"
#include "kernels/reference.h"

namespace graft {

template <class T>
class ChannelShuffleReference : public Prepared<ChannelShuffle> {
 public:
  explicit ChannelShuffleReference(const ChannelShuffleProblem& problem) : p_(problem) {}

  void run(const ChannelShuffle::Args& args, const RunContext&) override {
    const T* x = args.x.as<T>();
    T* y = args.y.as<T>();
    const int64_t each = p_.c / p_.groups;
    for_each_block(p_.rows, 64, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin * p_.c; i < end * p_.c; i += p_.c)
        for (int64_t g = 0; g < p_.groups; ++g)
          for (int64_t k = 0; k < each; ++k) y[i + k * p_.groups + g] = x[i + g * each + k];
    });
  }

 private:
  ChannelShuffleProblem p_;
};

}  // namespace graft
