#include "transfer/training/image_source.h"

namespace graft {

ImageSource::ImageSource(const Dataset& data, const LoaderOptions& options)
    : crop_(options.preprocessing.crop), loader_(data.samples, options) {}

void ImageSource::seek(int epoch, int64_t batch) {
  const LoaderPosition wanted{epoch, batch};
  if (!(loader_.position() == wanted)) loader_.seek(wanted);
}

bool ImageSource::next(Batch& batch) {
  const graft::Batch* loaded = loader_.next();
  if (!loaded) return false;
  batch.inputs = {loaded->pixels};
  batch.labels.assign(loaded->labels.begin(), loaded->labels.end());
  batch.samples = loaded->samples;
  return true;
}

}  // namespace graft
