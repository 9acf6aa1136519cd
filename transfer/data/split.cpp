#include "transfer/data/split.h"

#include <algorithm>
#include <cmath>

#include "engine/check.h"
#include "engine/random.h"
#include "transfer/data/hash.h"

namespace graft {
namespace {

size_t held_out(size_t images, double fraction) {
  const auto wanted = static_cast<size_t>(std::lround(static_cast<double>(images) * fraction));
  return images < 2 ? 0 : std::clamp<size_t>(wanted, 1, images - 1);
}

}  // namespace

Split split_by_seed(const Dataset& data, double fraction, uint64_t seed) {
  GRAFT_CHECK(fraction > 0 && fraction < 1, call, "the validation share ", fraction,
              " is not between 0 and 1");
  std::vector<std::vector<Sample>> by_class(data.classes.size());
  for (const Sample& sample : data.samples) by_class[sample.label].push_back(sample);

  Split split{{data.root, data.classes, {}, data.notes}, {data.root, data.classes, {}, {}}};
  for (size_t label = 0; label < by_class.size(); ++label) {
    std::vector<Sample>& samples = by_class[label];
    std::ranges::sort(samples, {}, &Sample::name);
    const uint64_t name = hash_bytes(data.classes[label].data(), data.classes[label].size());
    RandomStream random(seed, RandomUse::split, static_cast<uint32_t>(name),
                        static_cast<uint32_t>(name >> 32));
    shuffle(samples, random);
    const size_t count = held_out(samples.size(), fraction);
    for (size_t i = 0; i < samples.size(); ++i)
      (i < count ? split.val : split.train).samples.push_back(std::move(samples[i]));
  }
  std::ranges::sort(split.train.samples, {}, &Sample::name);
  std::ranges::sort(split.val.samples, {}, &Sample::name);
  return split;
}

}  // namespace graft
