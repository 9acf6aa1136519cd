#include <doctest/doctest.h>

#include "engine/error.h"
#include "graphs/darknet/darknet_files.h"

namespace graft::test {
namespace {

constexpr const char* small_cfg =
    "[net]\nheight=8\nwidth=8\nchannels=3\n"
    "[convolutional]\nbatch_normalize=1\nfilters=4\nsize=3\nstride=1\npad=1\nactivation=leaky\n"
    "[maxpool]\nsize=2\nstride=2\n[route]\nlayers=-1,-1\n[upsample]\nstride=2\n[connected]\noutput="
    "3\nactivation=linear\n";

std::string small_weights() {
  return darknet_header() +
         darknet_floats({random_values(4, 1), random_values(4, 2), random_values(4, 3), positive_values(4, 4),
                         random_values(108, 5), random_values(3, 6), random_values(3 * 512, 7)});
}

bool reads(const Folder& folder, std::string_view cfg, std::string_view weights) {
  write_file(folder.path() / "n.cfg", cfg);
  const FileBytes bytes{(folder.path() / "n.weights").string(), as_file_bytes(weights), nullptr};
  try {
    const SourceFile source = read_source(bytes);
    CHECK(std::holds_alternative<FileGraph>(source));
    return true;
  } catch (const Error& error) {
    CHECK(std::string_view(error.what()).find('\n') == std::string_view::npos);
    return false;
  }
}

TEST_CASE("darknet: files cut anywhere and with any byte changed") {
  const Folder folder;
  const std::string cfg = small_cfg, weights = small_weights();
  REQUIRE(reads(folder, cfg, weights));
  for (size_t cut = 1; cut < weights.size(); cut += 37)
    CHECK_FALSE(reads(folder, cfg, weights.substr(0, cut)));
  for (size_t cut = 1; cut < cfg.size(); ++cut) reads(folder, cfg.substr(0, cut), weights);
  std::mt19937 random(20261128);
  for (int i = 0; i < 600; ++i) {
    std::string broken = cfg, header = weights;
    broken[random() % cfg.size()] = static_cast<char>(random());
    header[random() % 20] = static_cast<char>(random());
    reads(folder, broken, weights);
    reads(folder, cfg, header);
  }
}

TEST_CASE("darknet: absurd sizes") {
  const Folder folder;
  const std::string weights = small_weights();
  for (const char* size : {"1000000000", "99999999999999999999", "0", "-1", "-1000000000"})
    for (const char* option :
         {"height=", "channels=", "filters=", "size=3", "stride=1", "layers=", "output=", "stride=2"}) {
      CAPTURE(size);
      CAPTURE(option);
      std::string cfg = small_cfg;
      const size_t at = cfg.find('=', cfg.find(option)) + 1;
      cfg.replace(at, cfg.find('\n', at) - at, size);
      CHECK_FALSE(reads(folder, cfg, weights));
    }
  std::string many = "[net]\nheight=8\nwidth=8\n";
  for (int i = 0; i < 100000; ++i) many += "[route]\n";
  CHECK_FALSE(reads(folder, many, weights));
}

}  // namespace
}  // namespace graft::test
