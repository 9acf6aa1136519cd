#include "bench/cases.h"
#include "bench/network.h"
#include "engine/check.h"

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
  for (const char* arch : network_names)
    for (const char* point : {"head", "last:1", "all", "cached"})
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
