#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "transfer/data/dataset.h"
#include "transfer/image/augment.h"

namespace graft {

struct LoaderOptions {
  Preprocessing preprocessing;
  Augment augment = Augment::none;
  int batch_size = 32;
  bool shuffle = false;
  uint64_t seed = 0;
  int threads = 1;
  int epochs = 1;               // how many there are; nothing beyond the last is prepared
  std::vector<int64_t> chosen;  // which of the samples there are; empty: all
  int batches_ahead = 3;        // how many batches are held in memory, the consumer's included
};

// Valid until the next call of next().
struct Batch {
  const float* pixels = nullptr;  // [count, crop, crop, 3]
  std::vector<int> labels;        // [count]
  std::vector<int64_t> samples;   // [count], indices into the loader's samples
  int count = 0;
};

// The batch that comes next: all that is needed to go on exactly here.
struct LoaderPosition {
  int64_t epoch = 0;
  int64_t batch = 0;
  bool operator==(const LoaderPosition&) const = default;
};

struct BrokenImage {
  int64_t sample = 0;
  std::string message;  // names the file
};

// Reads, decodes, augments and normalises pictures in threads of its own while the consumer computes.
//
// Which samples a batch has, and every one of its floats, are a function of (samples, options but for
// `threads` and `batches_ahead`, position). An epoch is cut into ceil(samples / batch_size) batches, the last
// one smaller. A picture that cannot be read is left out, so that its batch is shorter (a batch of which
// nothing is left is passed over), and is listed in broken(). When more than 5 % of the samples are broken,
// next() throws Error (format).
//
// The threads start at the first next(), with all signals blocked; they end with the last picture of the last
// epoch, in the destructor and in seek(), which wait for no more than the pictures in work.
class Loader {
 public:
  Loader(std::vector<Sample> samples, const LoaderOptions& options);
  ~Loader();
  Loader(Loader&&) noexcept;
  Loader& operator=(Loader&&) noexcept;

  // The next batch; null once at the end of every epoch, and for ever after the last. An exception from a
  // thread comes out here, at the batch it belongs to; the loader then stays at that batch and every further
  // call throws it again, until seek().
  const Batch* next();

  LoaderPosition position() const;
  void seek(const LoaderPosition& position);  // Error (call) where there is no such batch

  int64_t size() const;  // samples of an epoch
  int64_t batches_per_epoch() const;
  const std::vector<Sample>& samples() const;
  // Each sample once, in the order met since the loader was made.
  const std::vector<BrokenImage>& broken() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The order of one epoch: 0 ... samples - 1, shuffled by (seed, epoch).
std::vector<int64_t> epoch_order(int64_t samples, bool shuffled, uint64_t seed, int64_t epoch);

}  // namespace graft
