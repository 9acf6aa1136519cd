#include <algorithm>
#include <set>

#include "bench/cases.h"
#include "bench/network.h"
#include "engine/check.h"
#include "kernels/onednn_entry.h"
#include "layers/lowering/lower.h"
#include "transfer/zoo/zoo.h"

namespace graft::bench {

namespace {

using Run = void (Network::*)();

void register_network(const std::string& name, const std::string& arch, const std::string& point,
                      int64_t batch, const Settings& settings, Run run) {
  register_case(text(name, "/batch:", batch, '/', settings.device, '/', name_of(settings.precision)),
                [=]() -> Case {
                  const auto network = std::make_shared<Network>(arch, point, batch, settings);
                  const auto pass = [network, run] {
                    (*network.*run)();
                    return int64_t{1};
                  };
                  return {pass, [network] { return network->facts(); }};
                });
}

bool has_batch_norm(const std::string& arch) {
  const std::vector<bool> moving = moving_statistics(find_architecture(arch).build(2), BatchNormMode::train);
  return std::find(moving.begin(), moving.end(), true) != moving.end();
}

}  // namespace

void register_inference(const Settings& settings) {
  std::set<int64_t> batches(settings.batches.begin(), settings.batches.end());
  batches.insert(1);
  for (const std::string arch : network_names)
    for (const int64_t batch : batches)
      register_network("inference/" + arch, arch, "", batch, settings, &Network::infer);
}

void register_training_steps(const Settings& settings) {
  std::vector<std::string> points{"head", "last:1", "last:3", "all", "cached"};
  if (settings.device != "cpu" || why_no_onednn_bf16().empty()) points.push_back("bf16_prefix");
  for (const std::string arch : network_names) {
    std::vector<std::string> of_network = points;
    if (has_batch_norm(arch)) of_network.push_back("all:running");
    for (const int64_t batch : settings.batches)
      for (const std::string& point : of_network)
        register_network(text("training_step/", arch, '/', point), arch, point, batch, settings,
                         &Network::train);
  }
}

}  // namespace graft::bench
