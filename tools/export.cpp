#include <iostream>

#include "transfer/export/export.h"

#include "tools/exit_status.h"
#include "tools/inspection.h"
#include "tools/model_source.h"
#include "tools/output_file.h"

namespace graft {

int run(const ExportCommand& command) {
  if (!command.onnx.empty()) check_output_file("--onnx", command.onnx);
  if (!command.safetensors.empty()) check_output_file("--safetensors", command.safetensors);
  const LoadedModel loaded = load_to_inspect(command.source, {});
  const Model& model = loaded.model;
  std::cout << model.arch() << ", " << classes_text(model) << '\n'
            << "preprocessing: " << model.preprocessing()
            << (loaded.preprocessing_assumed ? " (assumed)" : "")
            << (command.preprocessing ? ", a part of the ONNX network" : "") << '\n';
  for (const std::string& note : loaded.report.notes) std::cout << "note: " << note << '\n';
  if (!command.onnx.empty()) {
    export_onnx(model.data(), command.onnx, {.preprocessing = command.preprocessing});
    std::cout << "wrote " << command.onnx << '\n';
  }
  if (!command.safetensors.empty()) {
    export_safetensors(model.data(), command.safetensors);
    std::cout << "wrote " << command.safetensors << '\n';
  }
  return exit_done;
}

}  // namespace graft
