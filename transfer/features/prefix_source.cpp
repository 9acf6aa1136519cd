#include "transfer/features/prefix_source.h"

#include <utility>

namespace graft {

void PrefixSource::seek(int epoch, int64_t batch) {
  images_.seek(epoch, batch);
  begun_ = staged_ = false;
}

bool PrefixSource::stage() {
  if (!images_.next(following_)) return false;
  prefix_.stage(images_.from(), images_.shapes(following_.count()), following_.inputs, layout_.cut);
  return true;
}

// The images after these are fetched and on their way to the device while it computes.
bool PrefixSource::next(Batch& batch) {
  if (!std::exchange(begun_, true)) staged_ = stage();
  if (!staged_) return false;
  prefix_.start();
  batch.labels.swap(following_.labels);
  batch.samples.swap(following_.samples);
  staged_ = stage();
  features_ = prefix_.finish();
  batch.inputs.clear();
  for (const std::vector<float>& tensor : features_) batch.inputs.push_back(tensor.data());
  return true;
}

}  // namespace graft
