#include "kernels/channel_shuffle/channel_shuffle.h"

#include "kernels/channel_shuffle/channel_shuffle_kernels.h"
#include "kernels/channel_shuffle/reference.h"
#include "kernels/kernel_entry.h"

namespace graft {

std::ostream& operator<<(std::ostream& out, const ChannelShuffleProblem& p) {
  return out << p.rows << "x" << p.c << " groups " << p.groups << " " << name_of(p.dtype);
}

namespace {

constexpr Implementation<ChannelShuffle> list[] = {
    GRAFT_KERNEL_ENTRIES("simt", ChannelShuffle, channel_shuffle_simt, no_scratch<ChannelShuffle>,
                         (also_bfloat16<ChannelShuffle, refuse_other_than_float32<ChannelShuffle>>)),
    reference_entry<ChannelShuffle, ChannelShuffleReference, float>(DeviceKind::cpu),
    reference_entry<ChannelShuffle, ChannelShuffleReference, bfloat16>(DeviceKind::cpu),
    reference_entry<ChannelShuffle, ChannelShuffleReference, double>(DeviceKind::float64),
};

}  // namespace

template <>
std::span<const Implementation<ChannelShuffle>> implementations() {
  return list;
}

}  // namespace graft
