#include "engine/choose.h"

#include <doctest/doctest.h>

namespace graft {

// An op of three entries on the CPU and one elsewhere; only who is asked, and in which order, matters here.
struct Pick {
  static constexpr std::string_view name = "pick";
  using Problem = int;  // the entry refuses what is above its limit
  struct Args {};
};

template <int limit>
std::string refuse_above(const int& problem, const DeviceProperties&) {
  return problem > limit ? text(problem, " is above ", limit) : "";
}

template <>
inline std::span<const Implementation<Pick>> implementations<Pick>() {
  static const Implementation<Pick> list[] = {
      {"elsewhere", DeviceKind::float64, accept_all<Pick>, nullptr},
      {"fast", DeviceKind::cpu, refuse_above<10>, nullptr},
      {"theirs", DeviceKind::cpu, refuse_above<20>, nullptr, Arithmetic::exact, Math::fp32, Provider::vendor},
      {"plain", DeviceKind::cpu, refuse_above<30>, nullptr},
  };
  return list;
}

namespace {

struct Chosen {
  std::string name, said;
};

Chosen chosen(int problem, ChoiceOptions options) {
  DeviceProperties cpu;
  cpu.kind = DeviceKind::cpu;
  cpu.name = "cpu";
  Chosen result;
  options.explain = [&](const std::string& line) { result.said = line; };
  try {
    result.name = choose<Pick>(problem, cpu, options).name;
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::device);
    result.said = error.what();
  }
  return result;
}

TEST_CASE("choice: own entries in the list's order, the vendor's before them where it is asked for") {
  ChoiceOptions own, vendor, forced, preferred;
  vendor.provider = Provider::vendor;
  forced.forced["pick"] = "theirs";
  preferred.preferred["pick 5"] = "plain";

  CHECK(chosen(5, own).name == "fast");
  CHECK(chosen(15, own).name == "plain");
  CHECK(chosen(15, own).said == "pick 15: plain; fast refuses: 15 is above 10");
  CHECK(chosen(5, vendor).name == "theirs");
  CHECK(chosen(25, vendor).name == "plain");
  CHECK(chosen(25, vendor).said ==
        "pick 25: plain; theirs refuses: 25 is above 20; fast refuses: 25 is above 10");

  // Whoever names a vendor's entry gets it, and nothing else.
  CHECK(chosen(5, forced).name == "theirs");
  CHECK(chosen(25, forced).name.empty());
  CHECK(chosen(25, forced).said ==
        "pick 25 has no implementation on cpu; theirs refuses: 25 is above 20; another method is forced");

  CHECK(chosen(5, preferred).name == "plain");
  CHECK(chosen(6, preferred).name == "fast");
  CHECK(chosen(31, own).said.find("plain refuses: 31 is above 30") != std::string::npos);
}

}  // namespace
}  // namespace graft
