#include "bench/cases.h"
#include "bench/network.h"
#include "engine/check.h"
#include "kernels/onednn_entry.h"

namespace graft::bench {

void register_inference(const Settings& settings) {
  for (const char* arch : network_names)
    for (int64_t batch : {1, 32})
      register_case(
          text("inference/", arch, "/batch:", batch, '/', settings.device, '/', name_of(settings.precision)),
          [=]() -> Pass {
            auto network = std::make_shared<Network>(arch, "", batch, settings);
            return [network] {
              network->infer();
              return int64_t{1};
            };
          });
}

void register_training_steps(const Settings& settings) {
  std::vector<const char*> points{"head", "last:1", "all", "cached"};
  if (settings.device != "cpu" || why_no_onednn_bf16().empty()) points.push_back("bf16_prefix");
  for (const char* arch : network_names)
    for (const char* point : points)
      register_case(text("training_step/", arch, "/", point, "/batch:32/", settings.device, '/',
                         name_of(settings.precision)),
                    [=]() -> Pass {
                      auto network = std::make_shared<Network>(arch, point, 32, settings);
                      return [network] {
                        network->train();
                        return int64_t{1};
                      };
                    });
}

}  // namespace graft::bench
