#include "kernels/emulator/emulator.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <random>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "engine/check.h"
#include "engine/host_device.h"
#include "engine/signals_blocked.h"
#include "kernels/emulator/block_runner.h"

namespace graft::emulator {

struct Emulator::Pool {
  Pool(size_t shared_bytes_per_block, int threads, GuardedMemory* guarded)
      : shared_limit(shared_bytes_per_block), guarded(guarded) {
    if (guarded) checker = std::make_unique<Checker>(*guarded);
    for (int i = 0; i < threads; ++i) runners.push_back(std::make_unique<BlockRunner>(checker.get()));
    const SignalsBlocked blocked;
    try {
      for (size_t i = 1; i < runners.size(); ++i) others.emplace_back([this, i] { serve(*runners[i]); });
    } catch (const std::system_error&) {
      stop();
      fail(ErrorCode::device, "the emulator cannot start ", threads, " threads; use fewer");
    }
  }

  ~Pool() { stop(); }

  void stop() {
    {
      std::lock_guard lock(mutex);
      stopping = true;
    }
    changed.notify_all();
    for (std::thread& thread : others) thread.join();
  }

  void serve(BlockRunner& runner) {
    std::unique_lock lock(mutex);
    for (uint64_t done = 0;;) {
      changed.wait(lock, [&] { return stopping || launches != done; });
      if (stopping) return;
      done = launches;
      lock.unlock();
      run_blocks(runner);
      lock.lock();
      if (--busy == 0) finished.notify_one();
    }
  }

  void order_blocks() {
    order.clear();
    if (options.blocks == Order::forward) return;
    for (int64_t block = blocks; block-- > 0;) order.push_back(block);
    if (options.blocks == Order::shuffled)
      std::shuffle(order.begin(), order.end(), std::mt19937(options.seed));
  }

  // Blocks are handed out in order and those before a failing one are still run, so that the error is always
  // that of the first block that fails.
  void run_blocks(BlockRunner& runner) {
    while (true) {
      const int64_t begin = next.fetch_add(chunk);
      const int64_t end = std::min(begin + chunk, blocks);
      for (int64_t turn = begin; turn < end; ++turn) {
        if (turn > first_failed.load(std::memory_order_relaxed)) return;
        try {
          runner.run(*launch, order.empty() ? turn : order[static_cast<size_t>(turn)], options);
        } catch (...) {
          std::lock_guard lock(mutex);
          if (turn < first_failed) {
            first_failed = turn;
            error = std::current_exception();
          }
        }
      }
      if (end == blocks || begin >= blocks) return;
    }
  }

  const size_t shared_limit;
  GuardedMemory* const guarded;  // the checked device's memory
  std::unique_ptr<Checker> checker;
  std::vector<std::unique_ptr<BlockRunner>> runners;  // the first is the caller's
  std::vector<std::thread> others;

  std::mutex one_launch, mutex;
  std::condition_variable changed, finished;
  uint64_t launches = 0;
  size_t busy = 0;
  bool stopping = false;

  const Launch* launch = nullptr;
  Options options;
  std::vector<LaunchRecord> dry_launches;
  int64_t blocks = 0, chunk = 1;
  std::vector<int64_t> order;  // of the blocks; empty: as they are numbered
  std::atomic<int64_t> next = 0, first_failed = 0;
  std::exception_ptr error;
};

Emulator::Emulator(HostStream& stream) {
  const DeviceProperties& device = stream.device();
  GRAFT_CHECK(device.threads >= 1 && device.threads <= 256, call, "device ", device.name, " cannot use ",
              device.threads, " threads; use 1 to 256");
  pool_ = std::make_unique<Pool>(device.shared_bytes_per_block, device.threads, stream.guarded);
}

Emulator::~Emulator() = default;

void Emulator::run(const Launch& launch) {
  if (!has_work(launch.kernel, launch.grid, launch.block)) return;
  Pool& pool = *pool_;
  GRAFT_CHECK(launch.shared_bytes <= pool.shared_limit, call, "kernel ", launch.kernel, " asks for ",
              launch.shared_bytes, " bytes of shared memory; this architecture has ", pool.shared_limit,
              " for a block");
  GRAFT_CHECK(launch.instrumented == (pool.checker != nullptr), call, "kernel ", launch.kernel,
              " is compiled for the ", launch.instrumented ? "checked" : "emulated", " device only");
  std::lock_guard alone(pool.one_launch);
  if (pool.options.dry)
    return pool.dry_launches.push_back(
        {launch.kernel, launch.function, launch.grid, launch.block, launch.shared_bytes});
  pool.launch = &launch;
  pool.blocks = launch.grid.x * launch.grid.y * launch.grid.z;
  pool.order_blocks();
  if (pool.checker) pool.checker->start_launch(launch, pool.options.count);
  pool.chunk = std::clamp<int64_t>(pool.blocks / (static_cast<int64_t>(pool.runners.size()) * 16), 1, 64);
  pool.next = 0;
  pool.first_failed = pool.blocks;
  if (pool.blocks > 1 && !pool.others.empty()) {
    std::lock_guard lock(pool.mutex);
    pool.busy = pool.others.size();
    ++pool.launches;
    pool.changed.notify_all();
  }
  pool.run_blocks(*pool.runners[0]);
  std::unique_lock lock(pool.mutex);
  pool.finished.wait(lock, [&] { return pool.busy == 0; });
  if (pool.error) std::rethrow_exception(std::exchange(pool.error, nullptr));
}

void Emulator::set_options(const Options& options) {
  std::lock_guard alone(pool_->one_launch);
  pool_->options = options;
}

void Emulator::forget(const void* memory, size_t bytes) {
  if (pool_->guarded) pool_->guarded->note(GuardedMemory::Event::forgotten, memory, bytes);
}

Counts Emulator::counts() const {
  std::lock_guard alone(pool_->one_launch);
  return pool_->checker ? pool_->checker->counts() : Counts();
}

std::vector<LaunchRecord> Emulator::dry_launches() const {
  std::lock_guard alone(pool_->one_launch);
  return pool_->dry_launches;
}

Emulator& emulator_of(Stream& stream) {
  const DeviceKind kind = stream.device().kind;
  GRAFT_CHECK(kind == DeviceKind::emulated || kind == DeviceKind::checked, call, "device ",
              stream.device().name, " does not run emulated kernels");
  HostStream& host_stream = static_cast<HostStream&>(stream);
  if (!host_stream.runner) host_stream.runner = std::make_shared<Emulator>(host_stream);
  return *static_cast<Emulator*>(host_stream.runner.get());
}

}  // namespace graft::emulator
