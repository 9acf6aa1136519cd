#include <doctest/doctest.h>

#include <cstdlib>
#include <sstream>

#include "end_to_end/program.h"
#include "engine/check.h"
#include "support/paths.h"

namespace graft::test {
namespace {

int shell(const std::string& command, const std::filesystem::path& log) {
  return std::system((command + " >> '" + log.string() + "' 2>&1").c_str());
}

TEST_CASE("library: an application finds the installed package, trains, and predicts as the program does" *
          doctest::skip(bundled())) {
  const SampleProject& project = sample_project();
  const TemporaryFolder folder;
  const auto at = [&](const char* name) { return (folder.path() / name).string(); };
  const std::filesystem::path log = at("log");
  const std::string source = test::source_dir + "/tests/library/consumer";

  bool built =
      shell(text("cmake --install '", test::build_dir, "' --component graft --prefix '", at("prefix"), "'"),
            log) == 0;
  built = built && shell(text("cmake -S '", source, "' -B '", at("build"), "' -DCMAKE_PREFIX_PATH='",
                              at("prefix"), "' -DCMAKE_BUILD_TYPE=Release"),
                         log) == 0;
  built = built && shell(text("cmake --build '", at("build"), "'"), log) == 0;
  INFO(read_text(log));
  REQUIRE(built);

  const std::filesystem::path out = at("out");
  const std::string model = at("model.graft");
  REQUIRE(shell(text("'", at("build"), "/consumer' '", project.weights(), "' '", project.path("data/train"),
                     "' '", project.path("data/val"), "' '", model, "'"),
                out) == 0);
  const std::string said = read_text(out);
  INFO(said);
  CHECK(said.find("classes 2 epochs 3 told 1 different 0 caught 3 frozen 1") != std::string::npos);

  std::istringstream lines(said.substr(said.find('\n') + 1));
  std::string first_class, second_class, image;
  double probability = 0, rest = 0;
  lines >> first_class >> probability >> second_class >> rest >> image;
  const ProgramResult program = run_program({"predict", "--model", model, "--threads", "1", "--json", image});
  INFO(program.out);
  CHECK(program.status == 0);
  CHECK(json_number(program.out, "probability") == probability);

  const std::filesystem::path said_of_manners = at("manners");
  const int status = shell(text("'", at("build"), "/manners' '", project.weights(), "' '",
                                project.path("data/train"), "' '", project.path("data/val"), "'"),
                           said_of_manners);
  INFO(read_text(said_of_manners));
  CHECK(status == 0);
  CHECK(read_text(said_of_manners) == "all as before\n");
}

}  // namespace
}  // namespace graft::test
