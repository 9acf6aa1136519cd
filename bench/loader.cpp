#include <limits>

#include "bench/cases.h"
#include "bench/network.h"
#include "engine/check.h"
#include "transfer/data/dataset.h"
#include "transfer/data/loader.h"

namespace graft::bench {

namespace {

constexpr int batch_size = 32;

std::shared_ptr<Loader> make_loader(const Settings& settings) {
  LoaderOptions options;
  options.preprocessing = parse_preprocessing("torchvision");
  options.batch_size = batch_size;
  options.threads = settings.threads;
  options.epochs = std::numeric_limits<int>::max();
  return std::make_shared<Loader>(open_folder(settings.data).samples, options);
}

// One epoch; visit(batch). Returns the number of pictures.
template <class Visit>
int64_t pass_over(Loader& loader, const Visit& visit) {
  int64_t images = 0;
  while (const Batch* batch = loader.next()) {
    visit(*batch);
    images += batch->count;
  }
  GRAFT_CHECK(images > 0, format, "the folder has no picture that can be read");
  return images;
}

}  // namespace

// All times are of one picture.
void register_loader(const Settings& settings) {
  if (settings.data.empty()) return;
  const std::string workers = text("/workers:", settings.threads, '/');
  if (settings.device == "cpu")
    register_case(
        "loader/decode_resize/size:224" + workers + "cpu",
        [=]() -> Pass {
          return [loader = make_loader(settings)] { return pass_over(*loader, [](const Batch&) {}); };
        },
        1);

  for (const char* arch : {"efficientnet_lite0", "mobilenet_v2"}) {
    const std::string name = text("loader/train/", arch, "/head/batch:", batch_size);
    register_case(name + "/input:synthetic/" + settings.device, [=]() -> Pass {
      auto network = std::make_shared<Network>(arch, "head", batch_size, settings);
      return [network] {
        network->train();
        return int64_t{batch_size};
      };
    });
    register_case(
        name + "/input:pictures" + workers + settings.device,
        [=]() -> Pass {
          auto network = std::make_shared<Network>(arch, "head", batch_size, settings);
          return [network, loader = make_loader(settings)] {
            return pass_over(*loader, [&](const Batch& batch) {
              network->train_on(batch.pixels, std::vector<int32_t>(batch.labels.begin(), batch.labels.end()));
            });
          };
        },
        1);
  }
}

}  // namespace graft::bench
