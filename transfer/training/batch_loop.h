#pragma once

#include <utility>

#include "transfer/training/batch_source.h"

namespace graft {

// Goes through what is left of the source's epoch: stage(batch) copies it to the device, start() computes
// what is staged, done(batch) collects the results and says whether to go on. The next batch is fetched and
// staged while one computes. False where done() stopped it; the batch that was staged then is dropped.
template <class Stage, class Start, class Done>
bool for_each_batch(BatchSource& source, const Stage& stage, const Start& start, const Done& done) {
  BatchSource::Batch batch, following;
  bool more = source.next(batch);
  if (more) stage(batch);
  while (more) {
    start();
    more = source.next(following);
    if (more) stage(following);
    if (!done(batch)) return false;
    std::swap(batch, following);
  }
  return true;
}

}  // namespace graft
