#include "transfer/data/loader.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>

#include "engine/check.h"
#include "transfer/data/batch_ring.h"
#include "transfer/data/hash.h"
#include "transfer/image/decode.h"

namespace graft {

std::vector<int64_t> epoch_order(int64_t samples, bool shuffled, uint64_t seed, int64_t epoch) {
  std::vector<int64_t> order(samples);
  std::iota(order.begin(), order.end(), 0);
  if (!shuffled) return order;
  RandomStream random(seed, RandomUse::epoch_order, static_cast<uint32_t>(epoch));
  shuffle(order, random);
  return order;
}

struct Loader::State {
  std::vector<Sample> samples;
  LoaderOptions options;
  LoaderPosition position;
  Batch batch;
  bool holds_slot = false;
  std::vector<BrokenImage> broken;
  std::set<int64_t> broken_samples;
  int64_t order_epoch = -1;
  std::vector<int64_t> order;
  std::optional<BatchRing> ring;  // last: its threads use all of the above

  int64_t count() const {
    return static_cast<int64_t>(options.chosen.empty() ? samples.size() : options.chosen.size());
  }
  int64_t batches() const { return (count() + options.batch_size - 1) / options.batch_size; }
  size_t item_floats() const { return size_t{3} * options.preprocessing.crop * options.preprocessing.crop; }
  // Batches are numbered through all epochs.
  int64_t number(const LoaderPosition& at) const { return at.epoch * batches() + at.batch; }

  std::vector<int64_t> samples_of(int64_t number);
  void fill(int64_t number, BatchSlot& slot, size_t item) const;
  void start();
  void collect(BatchSlot& slot);
  void note_broken(int64_t sample, const std::string& message);
};

std::vector<int64_t> Loader::State::samples_of(int64_t number) {
  const int64_t epoch = number / batches();
  if (epoch != order_epoch) {
    order = epoch_order(count(), options.shuffle, options.seed, epoch);
    if (!options.chosen.empty())
      for (int64_t& place : order) place = options.chosen[place];
    order_epoch = epoch;
  }
  const int64_t begin = number % batches() * options.batch_size;
  const int64_t end = std::min<int64_t>(begin + options.batch_size, static_cast<int64_t>(order.size()));
  return {order.begin() + begin, order.begin() + end};
}

// A picture's own faults are noted; anything else is left to the consumer.
void Loader::State::fill(int64_t number, BatchSlot& slot, size_t item) const {
  const int64_t sample = slot.samples[item];
  const auto epoch = static_cast<uint32_t>(number / batches());
  try {
    const Image image = decode_file(samples[sample].path);
    augment(image, options.augment, options.preprocessing,
            augment_stream(options.seed, epoch, static_cast<uint32_t>(sample)),
            &slot.pixels[item * item_floats()]);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::format && error.code() != ErrorCode::file) throw;
    const std::string path = samples[sample].path.string(), message = error.what();
    slot.broken[item] = message.starts_with(path) ? message : path + ": " + message;
  }
}

void Loader::State::start() {
  BatchRing::Work work;
  work.first = number(position);
  work.last = options.epochs * batches();
  work.threads = options.threads;
  work.slots = static_cast<int>(std::min<int64_t>(options.batches_ahead, work.last - work.first));
  work.slot_floats = item_floats() * std::min<int64_t>(options.batch_size, count());
  work.samples_of = [this](int64_t number) { return samples_of(number); };
  work.fill = [this](int64_t number, BatchSlot& slot, size_t item) { fill(number, slot, item); };
  ring.emplace(std::move(work));
}

void Loader::State::note_broken(int64_t sample, const std::string& message) {
  if (broken_samples.insert(sample).second) broken.push_back({sample, message});
  GRAFT_CHECK(broken.size() * 20 <= samples.size(), format, "more than 5 % of the images cannot be read (",
              broken.size(), " of ", samples.size(), " so far), the first: ", broken.front().message);
}

// Closes the gaps that broken pictures left.
void Loader::State::collect(BatchSlot& slot) {
  batch.labels.clear();
  batch.samples.clear();
  batch.pixels = slot.pixels.data();
  const size_t floats = item_floats();
  size_t kept = 0;
  for (size_t item = 0; item < slot.samples.size(); ++item) {
    if (slot.failures[item]) std::rethrow_exception(slot.failures[item]);
    if (!slot.broken[item].empty()) {
      note_broken(slot.samples[item], slot.broken[item]);
      continue;
    }
    if (kept != item) std::copy_n(&slot.pixels[item * floats], floats, &slot.pixels[kept * floats]);
    ++kept;
    batch.samples.push_back(slot.samples[item]);
    batch.labels.push_back(samples[slot.samples[item]].label);
  }
  batch.count = static_cast<int>(kept);
}

Loader::Loader(std::vector<Sample> samples, const LoaderOptions& options)
    : state_(std::make_unique<State>()) {
  GRAFT_CHECK(!samples.empty(), call, "there are no images to load");
  GRAFT_CHECK(samples.size() <= 0xffffffffu, call, samples.size(), " images are more than can be loaded");
  GRAFT_CHECK(
      options.batch_size >= 1 && options.threads >= 1 && options.epochs >= 0 && options.batches_ahead >= 1,
      call, "a loader's batch size ", options.batch_size, ", threads ", options.threads,
      " and batches ahead ", options.batches_ahead, " must be at least 1, its epochs ", options.epochs,
      " at least 0");
  for (int64_t sample : options.chosen)
    GRAFT_CHECK(sample >= 0 && sample < static_cast<int64_t>(samples.size()), call, "there is no image ",
                sample, " among ", samples.size());
  state_->samples = std::move(samples);
  state_->options = options;
}

Loader::~Loader() = default;
Loader::Loader(Loader&&) noexcept = default;
Loader& Loader::operator=(Loader&&) noexcept = default;

const Batch* Loader::next() {
  State& s = *state_;
  if (s.holds_slot) s.ring->release();
  s.holds_slot = false;
  while (s.position.epoch < s.options.epochs) {
    if (s.position.batch == s.batches()) {
      s.position = {s.position.epoch + 1, 0};
      return nullptr;
    }
    if (!s.ring) s.start();
    s.collect(s.ring->wait(s.number(s.position)));
    ++s.position.batch;
    s.holds_slot = true;
    if (s.batch.count > 0) return &s.batch;
    s.ring->release();
    s.holds_slot = false;
  }
  return nullptr;
}

LoaderPosition Loader::position() const { return state_->position; }

void Loader::seek(const LoaderPosition& position) {
  State& s = *state_;
  const bool inside = position.epoch >= 0 && position.epoch < s.options.epochs && position.batch >= 0 &&
                      position.batch <= s.batches();
  const bool at_end = position == LoaderPosition{s.options.epochs, 0};
  GRAFT_CHECK(inside || at_end, call, "there is no batch ", position.batch, " in epoch ", position.epoch,
              " (", s.options.epochs, " epochs of ", s.batches(), " batches)");
  s.ring.reset();
  s.holds_slot = false;
  s.position = position;
}

int64_t Loader::size() const { return state_->count(); }
int64_t Loader::batches_per_epoch() const { return state_->batches(); }
const std::vector<Sample>& Loader::samples() const { return state_->samples; }
const std::vector<BrokenImage>& Loader::broken() const { return state_->broken; }

}  // namespace graft
