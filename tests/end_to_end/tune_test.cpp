#include <doctest/doctest.h>

#include "end_to_end/program.h"

namespace graft::test {
namespace {

TEST_CASE("program: --tune on keeps what it timed, and goes by it the next time") {
  const TemporaryFolder folder;
  const auto path = [&](const char* name) { return (folder.path() / name).string(); };
  write_untrained(path("lite.safetensors"), "efficientnet_lite0");
  const Environment cache("XDG_CACHE_HOME", path("cache")), verbose("GRAFT_VERBOSE", "1");
  const auto train = [&](const std::string& tune) {
    return run_program(sample_project().train({"--weights", path("lite.safetensors"), "--train", "all",
                                               "--head-first", "off", "--epochs", "1", "--tune", tune}));
  };
  const std::string kept = path("cache") + "/graft/tuned.tsv";

  CHECK(train("off").status == 0);
  CHECK_FALSE(std::filesystem::exists(kept));

  const ProgramResult first = train("on");
  CAPTURE(first.error);
  REQUIRE(first.status == 0);
  CHECK(first.error.find(": timed: depthwise_host ") != std::string::npos);
  const std::string found = read_text(kept);
  CHECK(found.find("graft tuned 1\n") == 0);
  CHECK(found.find(" 2 threads, provider own\tconv_backward_weights n8 ") != std::string::npos);

  const ProgramResult second = train("on");
  CHECK(second.status == 0);
  CHECK(second.error.find(": timed: ") == std::string::npos);
  CHECK(second.error.find(", the fastest") != std::string::npos);
  CHECK(read_text(kept) == found);

  folder.write("cache/graft/tuned.tsv", "something else");
  const ProgramResult third = train("on");
  CHECK(third.status == 1);
  CHECK(is_one_line_error(third.error));
  CHECK(third.error.find(kept) != std::string::npos);
}

}  // namespace
}  // namespace graft::test
