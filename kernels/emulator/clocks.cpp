#include "kernels/emulator/clocks.h"

#include <algorithm>

#include "engine/check.h"

namespace graft::emulator {

void SyncVariable::add(uint32_t serial, const Released& released) {
  of_block_[serial].push_back(log_.size());
  log_.push_back(released);
}

bool SyncVariable::covers(Epoch epoch, size_t version) const {
  const auto found = of_block_.find(serial_of(epoch));
  if (found == of_block_.end()) return false;
  for (const size_t place : found->second)
    if (place < version && log_[place].covers(epoch)) return true;
  return false;
}

void Acquired::join(const SyncVariable* variable, size_t version) {
  size_t& known = versions_[variable];
  known = std::max(known, version);
}

void Acquired::join(const Acquired& other) {
  for (const auto& [variable, version] : other.versions_) join(variable, version);
}

bool Acquired::covers(Epoch epoch) const {
  for (const auto& [variable, version] : versions_)
    if (variable->covers(epoch, version)) return true;
  return false;
}

void Clocks::start_launch() {
  variables_.clear();
  replaced_.clear();
}

void Clocks::start_block(uint32_t serial, int threads) {
  serial_ = serial;
  base_clock_ = latest_ = 1;
  any_acquired_ = false;
  threads_.assign(static_cast<size_t>(threads), {});
}

void Clocks::advance(uint32_t& clock, uint32_t to) {
  GRAFT_CHECK(to < max_clock, call, "a block synchronises ", to, " times: too often for the checked device");
  clock = to;
  latest_ = std::max(latest_, to);
}

void Clocks::block_barrier() {
  advance(base_clock_, latest_ + 1);
  for (Thread& thread : threads_) thread.clock = base_clock_;
  if (!any_acquired_) return;
  std::vector<Thread*> all;
  for (Thread& thread : threads_) all.push_back(&thread);
  share_acquired(all);
}

void Clocks::warp_barrier(int warp, uint32_t mask) {
  std::vector<Thread*> members;
  uint32_t known[32] = {}, latest = 0;
  const size_t first = static_cast<size_t>(warp) * 32;
  for (size_t lane = 0; lane < 32; ++lane) {
    if (!(mask >> lane & 1)) continue;
    Thread& member = threads_[first + lane];
    members.push_back(&member);
    member.lanes[lane] = member.clock;
    latest = std::max(latest, member.clock);
    for (int i = 0; i < 32; ++i) known[i] = std::max(known[i], member.lanes[i]);
  }
  for (Thread* member : members) {
    std::copy_n(known, 32, member->lanes);
    advance(member->clock, latest + 1);
  }
  if (any_acquired_) share_acquired(members);
}

template <class Members>
void Clocks::share_acquired(const Members& members) {
  auto joined = std::make_shared<Acquired>();
  const Acquired* last = nullptr;
  for (const Thread* member : members) {
    if (member->acquired && member->acquired.get() != last) joined->join(*member->acquired);
    last = member->acquired.get();
  }
  for (Thread* member : members) member->acquired = joined;
}

void Clocks::acquire(int number, const void* address) {
  const auto found = variables_.find(address);
  if (found == variables_.end()) return;
  Thread& thread = threads_[static_cast<size_t>(number)];
  auto acquired =
      thread.acquired ? std::make_shared<Acquired>(*thread.acquired) : std::make_shared<Acquired>();
  acquired->join(found->second.log.get(), found->second.log->version());
  acquired->join(*found->second.carried);
  thread.acquired = std::move(acquired);
  any_acquired_ = true;
}

// A store starts a new history: who reads it knows nothing of those who wrote there before.
void Clocks::release(int number, const void* address, bool replaces) {
  Thread& thread = threads_[static_cast<size_t>(number)];
  Variable& variable = variables_[address];
  if (!variable.log || replaces) {
    if (variable.log) replaced_.push_back(variable.log);
    variable = {std::make_shared<SyncVariable>(), std::make_shared<Acquired>()};
  }
  Released released{base(), static_cast<uint32_t>(number) / 32, {}};
  std::copy_n(thread.lanes, 32, released.lanes);
  released.lanes[number % 32] = thread.clock;
  variable.log->add(serial_, released);
  if (thread.acquired) variable.carried->join(*thread.acquired);
  advance(thread.clock, thread.clock + 1);
}

bool Clocks::knows(int number, Epoch epoch) const {
  const Thread& thread = threads_[static_cast<size_t>(number)];
  if (serial_of(epoch) == serial_) {
    if (epoch < base() || thread_of(epoch) == static_cast<uint32_t>(number)) return true;
    if (warp_of(epoch) == static_cast<uint32_t>(number) / 32 &&
        clock_of(epoch) <= thread.lanes[lane_of(epoch)])
      return true;
  }
  return thread.acquired && thread.acquired->covers(epoch);
}

bool Clocks::passed_on(const void* address, Epoch epoch) const {
  const auto found = variables_.find(address);
  return found != variables_.end() && found->second.log->covers(epoch, found->second.log->version());
}

}  // namespace graft::emulator
