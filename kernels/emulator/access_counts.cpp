#include "kernels/emulator/access_counts.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace graft::emulator {

namespace {

void count(RequestCounts& sum, const RequestCounts& request) {
  sum.requests += request.requests;
  sum.parts += request.parts;
  sum.ideal += request.ideal;
}

}  // namespace

RequestCounts shared_request(const std::vector<LaneAccess>& lanes) {
  const uint32_t lanes_at_once = 32 / std::max(1u, lanes[0].bytes / 4);
  std::map<uint32_t, std::map<uintptr_t, std::set<uintptr_t>>> words;  // by phase, by bank
  for (const LaneAccess& lane : lanes)
    for (uintptr_t word = lane.at / 4; word <= (lane.at + lane.bytes - 1) / 4; ++word)
      words[lane.lane / lanes_at_once][word % 32].insert(word);
  RequestCounts request{1, 0, static_cast<int64_t>(words.size())};
  for (const auto& [phase, banks] : words) {
    size_t busiest = 0;
    for (const auto& [bank, different] : banks) busiest = std::max(busiest, different.size());
    request.parts += static_cast<int64_t>(busiest);
  }
  return request;
}

RequestCounts global_request(const std::vector<LaneAccess>& lanes) {
  std::set<uintptr_t> sectors, bytes;
  for (const LaneAccess& lane : lanes)
    for (uintptr_t at = lane.at; at < lane.at + lane.bytes; ++at) {
      sectors.insert(at / 32);
      bytes.insert(at);
    }
  return {1, static_cast<int64_t>(sectors.size()), static_cast<int64_t>((bytes.size() + 31) / 32)};
}

void AccessTrace::flush(KernelCounts& counts) {
  // Warp, instruction, turn: lanes that agree in these make a request.
  using Key = std::tuple<uint32_t, const void*, bool, int>;
  std::map<std::pair<uint32_t, const void*>, int> turns;
  std::map<Key, std::vector<LaneAccess>> requests;
  for (const Access& access : accesses_) {
    const int turn = turns[{access.thread, access.line}]++;
    requests[{access.thread / 32, access.line, access.shared, turn}].push_back(
        {access.at, access.bytes, access.thread % 32});
  }
  for (const auto& [key, lanes] : requests)
    if (std::get<bool>(key))
      count(counts.shared, shared_request(lanes));
    else
      count(counts.global, global_request(lanes));
  accesses_.clear();
}

}  // namespace graft::emulator
