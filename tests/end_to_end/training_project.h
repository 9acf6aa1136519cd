#pragma once

#include <functional>

#include "end_to_end/program.h"
#include "support/environment.h"
#include "transfer/graft.h"

namespace graft::test {

// Training runs by the library on a copy of the sample project's photographs, with a cache folder of its own.
class TrainingProject {
 public:
  TrainingProject();

  std::filesystem::path path(const char* name) const { return folder_.path() / name; }
  std::filesystem::path weights() const { return path("weights.safetensors"); }

  struct Run {
    std::vector<double> losses;  // after each step, of the epoch so far
    TrainResult result;
  };
  // On two threads of the CPU, three epochs, unless `set` says otherwise.
  Run train(const std::string& what, const std::function<void(TrainOptions&)>& set = {},
            const LoadOptions& load_options = {}) const;

 private:
  TemporaryFolder folder_;
  Environment cache_;
};

double largest_difference(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace graft::test
