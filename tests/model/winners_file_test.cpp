#include "transfer/training/winners_file.h"

#include <doctest/doctest.h>

#include <fstream>

#include "engine/check.h"
#include "support/error_text.h"
#include "support/picture_files.h"

namespace graft {
namespace {

std::string error_of(const std::filesystem::path& path) {
  return test::error_of([&] { winners_in_file(path, "machine"); }, ErrorCode::format);
}

TEST_CASE("winners' file: machines keep apart, and nobody's finds are lost") {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "not" / "there" / "tuned.tsv";
  const auto mine = winners_in_file(path, "mine"), yours = winners_in_file(path, "yours");
  CHECK(mine->chosen.empty());
  CHECK_FALSE(std::filesystem::exists(path));
  mine->keep({{"conv n1", "gemm"}, {"conv n2", "direct"}});
  yours->keep({{"conv n1", "tiled"}});
  mine->keep({{"conv n2", "gemm"}});
  CHECK(winners_in_file(path, "mine")->chosen == Choices{{"conv n1", "gemm"}, {"conv n2", "gemm"}});
  CHECK(winners_in_file(path, "yours")->chosen == Choices{{"conv n1", "tiled"}});
  CHECK(winners_in_file(path, "nobody")->chosen.empty());
}

TEST_CASE("winners' file: what is no such file is named") {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "tuned.tsv";
  for (const char* bytes :
       {"something else", "graft tuned 2\n", "{\"graft\": 1}", "graft tuned 1\nmachine only\n",
        "graft tuned 1\nmachine\tproblem\n", "graft tuned 1\nm\tp\ti\tmore\n"}) {
    CAPTURE(bytes);
    folder.write("tuned.tsv", bytes);
    const std::string error = error_of(path);
    CHECK(error.find(path.string()) == 0);
    CHECK(error.find("delete it") != std::string::npos);
  }
  std::ofstream(path) << "graft tuned 1\n" << std::string(17 << 20, 'x');
  CHECK(error_of(path).find("too many") != std::string::npos);

  folder.write("file", "");
  const auto below = winners_in_file(folder.path() / "file" / "tuned.tsv", "machine");
  CHECK_THROWS_AS(below->keep({{"conv", "gemm"}}), Error);
}

}  // namespace
}  // namespace graft
