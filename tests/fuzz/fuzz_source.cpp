#include "engine/error.h"
#include "heap_watch.h"
#include "read_all.h"

// Any file of one part: tensors, a model of ours, ONNX, Keras, TensorFlow Lite.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const graft::fuzz::HeapWatch watch(size);
  try {
    graft::fuzz::use(graft::read_source(
        graft::FileBytes{"input", {reinterpret_cast<const std::byte*>(data), size}, nullptr}));
  } catch (const graft::Error&) {
  }
  return 0;
}
