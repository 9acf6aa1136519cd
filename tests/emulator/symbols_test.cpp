#include <doctest/doctest.h>

#include <cstdio>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "support/paths.h"

namespace graft {
namespace {

using Names = std::set<std::string>;

struct Symbols {
  Names weak;
  int ours = 0;  // of any kind
};

// A line of `nm --demangle --defined-only`: address, kind, name. W and V are weak, u is unique: the linker
// keeps one of each.
void add_symbol(const std::string& line, Symbols& symbols) {
  const size_t kind = line.find_first_not_of("0123456789abcdefABCDEF ");
  if (kind == std::string::npos || kind + 2 >= line.size() || line[kind + 1] != ' ') return;
  const std::string name = line.substr(kind + 2);
  if (name.find("graft::") == std::string::npos || name.starts_with("std::")) return;
  ++symbols.ours;
  if (std::string("WVu").find(line[kind]) != std::string::npos) symbols.weak.insert(name);
}

Names shared(const Names& a, const Names& b) {
  Names both;
  for (const std::string& name : a)
    if (b.contains(name)) both.insert(name);
  return both;
}

std::vector<std::string> objects_of(const std::string& device) {
  std::ifstream list(test::build_dir + "/objects-" + device + ".txt");
  std::vector<std::string> objects;
  for (std::string line; std::getline(list, line);)
    if (!line.empty()) objects.push_back(line);
  return objects;
}

Symbols symbols_of(const std::string& device) {
  Symbols symbols;
  for (const std::string& object : objects_of(device)) {
    FILE* nm = popen(("nm --demangle --defined-only '" + object + "'").c_str(), "r");
    REQUIRE(nm != nullptr);
    std::string line;
    for (int c; (c = fgetc(nm)) != EOF;) {
      if (c != '\n') {
        line += static_cast<char>(c);
        continue;
      }
      add_symbol(line, symbols);
      line.clear();
    }
    REQUIRE(pclose(nm) == 0);
  }
  return symbols;
}

TEST_CASE("symbols: a shared weak symbol is found") {
  Symbols a, b;
  add_symbol("0000000000000000 W graft::merged(int)", a);
  add_symbol("0000000000000000 W graft::cuda::only_here(int)", a);
  add_symbol("0000000000000010 T graft::strong()", a);
  add_symbol("0000000000000000 W graft::merged(int)", b);
  add_symbol("0000000000000010 T graft::strong()", b);
  add_symbol("0000000000000000 W std::vector<graft::Shape>::size()", a);
  add_symbol("0000000000000000 W std::vector<graft::Shape>::size()", b);
  CHECK(a.ours == 3);
  CHECK(a.weak.size() == 2);
  CHECK(shared(a.weak, b.weak) == Names{"graft::merged(int)"});
}

TEST_CASE("symbols: the objects of two devices share no weak symbol of ours" *
          doctest::skip(test::bundled())) {
  std::vector<std::pair<std::string, Symbols>> devices = {{"emulated", symbols_of("emulated")}};
  if (GRAFT_CHECKED) devices.emplace_back("checked", symbols_of("checked"));
  if (GRAFT_CUDA) devices.emplace_back("cuda", symbols_of("cuda"));
  if (devices.size() == 1)
    MESSAGE("built without CUDA and the checked device: one device's objects to look at");
  for (size_t i = 0; i < devices.size(); ++i) {
    CHECK(devices[i].second.ours > 0);
    for (size_t j = 0; j < i; ++j)
      for (const std::string& name : shared(devices[i].second.weak, devices[j].second.weak))
        FAIL_CHECK("the objects of ", devices[i].first, " and ", devices[j].first, " both define ", name,
                   "; move it into namespace graft::GRAFT_TARGET");
  }
}

}  // namespace
}  // namespace graft
