// An application that knows graft by its installed header only: consumer WEIGHTS TRAIN_FOLDER VAL_FOLDER
// MODEL
#include <graft/graft.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <thread>

#ifdef _OPENMP
#error "an application needs no OpenMP of its own"
#endif

namespace {

std::vector<std::byte> read_all(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<std::byte> bytes;
  std::transform(std::istreambuf_iterator<char>(file), {}, std::back_inserter(bytes),
                 [](char c) { return static_cast<std::byte>(c); });
  return bytes;
}

int run(char** argv) {
  graft::Model model = graft::load(argv[1]);
  const graft::ImageFolder train(argv[2]), held_out(argv[3], train.classes());
  model.swap_head(train.classes());
  model.freeze_all_but("head");
  graft::TrainOptions options{.epochs = 3, .image_size = 64};
  options.device.threads = 2;
  int told = 0;
  options.on_progress = [&](const graft::Progress&) { return ++told > 0; };
  const graft::TrainResult result = graft::train(model, train, held_out, options);
  model.save(argv[4]);

  const auto shared = std::make_shared<const graft::Model>(graft::load(argv[4]));
  const auto from_memory = std::make_shared<const graft::Model>(graft::load(read_all(argv[4])));
  const std::filesystem::path image =
      *std::filesystem::directory_iterator(std::filesystem::path(argv[3]) / train.classes()[0]);
  const std::vector<std::byte> encoded = read_all(image);

  graft::Predictor alone(shared, {.threads = 1});
  const std::vector<graft::Prediction> expected = alone.predict_encoded(encoded);
  int different = graft::Predictor(from_memory, {.threads = 1}).predict_file(image)[0].probability !=
                  expected[0].probability;

  // Many predictors on one model at once give the bits of one alone.
  std::vector<std::thread> threads;
  std::vector<int> wrong(4, 0);
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      graft::Predictor predictor(shared, {.threads = 1});
      for (int turn = 0; turn < 5; ++turn) {
        const auto got = predictor.predict_encoded(encoded);
        for (size_t c = 0; c < got.size(); ++c)
          wrong[i] += got[c].probability != expected[c].probability || got[c].name != expected[c].name;
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (int count : wrong) different += count;

  const std::vector<uint8_t> grey(40 * 30 * 4, 128);
  alone.predict(graft::ImageView{grey.data(), 40, 30, 40 * 4, graft::PixelFormat::bgra8});

  int caught = 0;
  try {
    model.freeze_all_but("no such layer");
  } catch (const graft::Error& error) {
    caught += error.code() == graft::ErrorCode::call;
  }
  try {
    graft::load("/no/such/file");
  } catch (const graft::Error& error) {
    caught += error.code() == graft::ErrorCode::file;
  }
  struct Stop {};
  options.on_progress = [](const graft::Progress&) -> bool { throw Stop(); };
  try {
    graft::train(model, train, held_out, options);
  } catch (const Stop&) {
    ++caught;
  }
  std::printf("classes %zu epochs %zu told %d different %d caught %d frozen %d\n", expected.size(),
              result.epochs.size(), told > 3, different, caught,
              result.frozen_hash_before == result.frozen_hash_after);
  for (const graft::Prediction& prediction : expected)
    std::printf("%s %.17g\n", prediction.name.c_str(), prediction.probability);
  std::printf("%s\n", image.c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return argc == 5 ? run(argv) : 2;
  } catch (const graft::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
