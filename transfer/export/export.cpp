#include "transfer/export/export.h"

#include "engine/check.h"
#include "transfer/model/host_tensors.h"
#include "transfer/weights/atomic_file.h"
#include "transfer/weights/safetensors.h"

namespace graft {

void export_onnx(const ModelData& model, const std::filesystem::path& path,
                 const OnnxExportOptions& options) {
  const std::vector<std::byte> bytes = onnx_bytes(model, options);
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

#if !GRAFT_ONNX
std::vector<std::byte> onnx_bytes(const ModelData&, const OnnxExportOptions&) {
  fail(ErrorCode::call, "this build of graft neither reads nor writes ONNX (GRAFT_ONNX is off)");
}
#endif

void export_safetensors(const ModelData& model, const std::filesystem::path& path) {
  // What PyTorch's users' loaders look for.
  write_safetensors(path, named_tensors(model.weights), {{"format", "pt"}});
}

}  // namespace graft
