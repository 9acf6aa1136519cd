#pragma once

#include "graphs/plain_maps.h"
#include "weights/samples.h"

// Pairs of .cfg and .weights made by the tests themselves.
namespace graft::test {

// Version 0.2 with a 64-bit count, or 0.1 with a 32-bit one.
std::string darknet_header(bool old = false);
std::string darknet_floats(const std::vector<Floats>& parts);

struct DarknetPair {
  DarknetPair(std::string_view cfg, std::string_view weights) {
    write_file(folder.path() / "net.cfg", cfg);
    write_file(folder.path() / "net.weights", weights);
  }
  std::filesystem::path cfg() const { return folder.path() / "net.cfg"; }
  std::filesystem::path weights() const { return folder.path() / "net.weights"; }
  Folder folder;
};

}  // namespace graft::test
