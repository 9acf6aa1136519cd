// Does the library keep to itself? manners WEIGHTS TRAIN_FOLDER VAL_FOLDER prints a line for each thing that
// it left changed in the process, and where it had more threads than it was allowed.
#include <dlfcn.h>
#include <graft/graft.h>
#include <signal.h>

#include <algorithm>
#include <cfenv>
#include <chrono>
#include <clocale>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

extern char** environ;

namespace {

int threads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<int>(std::distance(begin(tasks), end(tasks)));
}

// libgomp is there because the library brought it; the application's own setting must stay.
int openmp_threads() {
  const auto get = reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "omp_get_max_threads"));
  return get ? get() : 0;
}

std::string signals() {
  std::string all;
  sigset_t blocked;
  pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction action {};
    if (sigaction(number, nullptr, &action) != 0) continue;
    all += std::to_string(sigismember(&blocked, number)) + ' ' +
           std::to_string(reinterpret_cast<uintptr_t>(action.sa_handler)) + ' ' +
           std::to_string(action.sa_flags) + ';';
  }
  return all;
}

std::string environment() {
  std::string all;
  for (char** entry = environ; *entry; ++entry) all += std::string(*entry) + '\n';
  return all;
}

std::string floating_point() {
  std::fenv_t mode;
  std::fegetenv(&mode);
  std::feclearexcept(FE_ALL_EXCEPT);  // results of the arithmetic, not a mode
  std::fegetenv(&mode);
  return std::string(reinterpret_cast<const char*>(&mode), sizeof mode);
}

// A joined thread may stay in /proc for a moment: the kernel wakes the joiner before it takes the entry away.
int lasting_threads(int expected) {
  for (int turn = 0; turn < 500 && threads() != expected; ++turn)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return threads();
}

struct Process {
  int threads = ::threads(), openmp = openmp_threads();
  std::string signals = ::signals(), environment = ::environment(), locale = std::setlocale(LC_ALL, nullptr),
              floating_point = ::floating_point();
};

int compare(const char* when, const Process& before) {
  const Process now;
  int changed = 0;
  const auto expect = [&](bool same, const char* what) {
    if (!same) std::printf("%s: %s changed\n", when, what), ++changed;
  };
  expect(lasting_threads(before.threads) == before.threads, "the number of threads");
  expect(now.openmp == before.openmp, "OpenMP's number of threads");
  expect(now.signals == before.signals, "signals");
  expect(now.environment == before.environment, "the environment");
  expect(now.locale == before.locale, "the locale");
  expect(now.floating_point == before.floating_point, "the floating-point mode");
  return changed;
}

constexpr int allowed = 3;

int run(char** argv) {
  std::setlocale(LC_ALL, "C.UTF-8");
  signal(SIGINT, SIG_IGN);
  const Process before;
  if (before.threads != 1) std::printf("at load: %d threads\n", before.threads - 1);
  int changed = before.threads != 1, predicting = 0, training = 0;
  const auto most = [](int& so_far) { return so_far = std::max(so_far, threads() - 1), true; };
  graft::Model model = graft::load(argv[1]);
  const graft::ImageFolder train(argv[2]), held_out(argv[3], train.classes());
  changed += compare("after load", before);
  model.swap_head(train.classes());
  model.freeze_all_but("head");
  graft::TrainOptions options{.epochs = 2, .image_size = 64, .augment = "flip"};
  options.device.threads = allowed;
  options.on_progress = [&](const graft::Progress&) { return most(training); };
  graft::train(model, train, held_out, options);
  changed += compare("after training", before);
  {
    const auto shared = std::make_shared<const graft::Model>(std::move(model));
    graft::Predictor predictor(shared, {.threads = allowed});
    const std::vector<uint8_t> grey(64 * 64 * 3, 128);
    predictor.predict(graft::ImageView{grey.data(), 64, 64, 64 * 3, graft::PixelFormat::rgb8});
    most(predicting);
  }
  changed += compare("after predicting", before);
  // Predicting: those that compute. Training: as many again that read pictures.
  if (predicting > allowed || training > 2 * allowed)
    std::printf("%d threads while predicting, %d while training\n", predicting, training), ++changed;
  if (changed == 0) std::printf("all as before\n");
  return changed != 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return argc == 4 ? run(argv) : 2;
  } catch (const graft::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
