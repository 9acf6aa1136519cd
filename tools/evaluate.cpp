#include <iostream>

#include "engine/check.h"
#include "tools/datasets.h"
#include "tools/device_choice.h"
#include "tools/evaluation.h"
#include "tools/exit_status.h"
#include "tools/interrupt.h"
#include "tools/json_output.h"
#include "tools/model_source.h"
#include "tools/progress.h"
#include "transfer/report/html_text.h"

namespace graft {

int run(const EvaluateCommand& command) {
  const LoadedModel loaded = load_model(command.source);
  const ImageFolder data = open_held_out(command.data, loaded.model);
  std::FILE* lines = command.json ? stderr : stdout;
  const ChosenDevice device = choose_device(command.device);
  std::fprintf(lines, "%s, %zu images, batch %d\n%s\npreprocessing: %s%s\n", loaded.model.arch().c_str(),
               data.size(), command.batch, device.line.c_str(), loaded.model.preprocessing().c_str(),
               loaded.preprocessing_assumed ? " (assumed)" : "");

  watch_interrupts();
  EvaluateResult result;
  {
    ProgressPrinter progress(stderr);
    result = evaluate(loaded.model, data, device.choice, command.batch, std::ref(progress));
  }
  if (interrupted()) return exit_interrupted;
  if (result.images < static_cast<int64_t>(data.size()))
    std::cerr << "graft: " << data.size() - result.images << " broken image(s) were left out\n";
  if (command.json) {
    std::cout << evaluation_json(result);
    return exit_done;
  }
  const Evaluation evaluation = evaluation_of(result, data.classes().size());
  std::cout << "images " << result.images << '\n' << accuracy_text(evaluation) << '\n';
  std::cout << "top-5 " << fixed_text(result.top5, 4) << ", loss " << fixed_text(result.loss, 4) << '\n';
  return exit_done;
}

}  // namespace graft
