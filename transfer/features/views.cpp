#include "transfer/features/views.h"

#include "engine/check.h"

namespace graft {

Views::Views(Augment augment, int kept, uint64_t seed)
    : augment_(augment),
      count_(augment == Augment::standard ? kept
             : augment == Augment::flip   ? 2
                                          : 1),
      seed_(seed) {}

int Views::at(int64_t epoch, int64_t sample) const {
  if (augment_ == Augment::standard) return static_cast<int>(epoch % count_);
  if (augment_ == Augment::none) return 0;
  return draws_flip(augment_stream(seed_, static_cast<uint32_t>(epoch), static_cast<uint32_t>(sample)));
}

std::string Views::name(int view, int64_t sample) const {
  if (augment_ == Augment::standard)
    return text("standard, seed ", seed_, ", epoch ", view, ", image ", sample);
  return std::string(augment_name(augment(view)));
}

Augment Views::augment(int view) const {
  if (augment_ == Augment::standard) return Augment::standard;
  return view == 1 ? Augment::flipped : Augment::none;
}

}  // namespace graft
