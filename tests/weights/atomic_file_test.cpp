#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "transfer/weights/atomic_file.h"
#include "transfer/weights/safetensors.h"
#include "weights/samples.h"

namespace graft::test {
namespace {

namespace fs = std::filesystem;

size_t files_in(const fs::path& folder) {
  return static_cast<size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

void put(const fs::path& path, const std::string& content) { std::ofstream(path) << content; }

// The exit status of a child that runs this.
template <class Work>
int status_of_child(Work work) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(work());
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

TEST_CASE("atomic file: appears whole, replaces, and keeps permissions") {
  const Folder folder;
  const fs::path path = folder.path() / "model";
  {
    AtomicFile file(path);
    file.write(std::string_view("new "));
    file.write(std::string_view("model"));
    CHECK_FALSE(fs::exists(path));
    file.commit();
  }
  CHECK(file_content(path) == "new model");
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  AtomicFile again(path);
  again.write(std::string_view("newer"));
  CHECK(file_content(path) == "new model");
  again.commit();
  CHECK(file_content(path) == "newer");
  CHECK(fs::status(path).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  CHECK(files_in(folder.path()) == 1);
  CHECK_THROWS_AS(again.commit(), Error);
  CHECK_THROWS_AS(again.write(std::string_view("late")), Error);
}

TEST_CASE("atomic file: without commit nothing changes") {
  const Folder folder;
  put(folder.path() / "model", "old");
  {
    AtomicFile file(folder.path() / "model");
    file.write(std::string_view("half a mod"));
    CHECK(files_in(folder.path()) == 2);
  }
  CHECK(file_content(folder.path() / "model") == "old");
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("atomic file: a link's target is replaced, not the link; other than files are left alone") {
  const Folder folder;
  put(folder.path() / "target", "old");
  fs::create_symlink("target", folder.path() / "link");
  AtomicFile file(folder.path() / "link");
  file.write(std::string_view("new"));
  file.commit();
  CHECK(fs::is_symlink(folder.path() / "link"));
  CHECK(file_content(folder.path() / "target") == "new");
  for (const fs::path& path : {folder.path(), fs::path("/dev/null")}) {
    const auto refused = [&] {
      try {
        AtomicFile other(path);
      } catch (const Error& error) {
        return error.code() == ErrorCode::file;
      }
      return false;
    };
    CHECK(refused());
  }
  CHECK_THROWS_AS(AtomicFile(folder.path() / "absent" / "model"), Error);
}

TEST_CASE("atomic file: two writers of one path do not mix") {
  const Folder folder;
  AtomicFile a(folder.path() / "model"), b(folder.path() / "model");
  a.write(std::string_view("aaaa"));
  b.write(std::string_view("b"));
  a.commit();
  CHECK(file_content(folder.path() / "model") == "aaaa");
  b.commit();
  CHECK(file_content(folder.path() / "model") == "b");
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("atomic file: where space runs out, one error and the old model is still there") {
  const Folder folder;
  const fs::path path = folder.path() / "model";
  const std::vector<float> values(1 << 16, 1.0f);
  const NamedTensor tensor{
      "w", DType::float32, Shape{1 << 16}, {}, reinterpret_cast<const std::byte*>(values.data())};
  write_safetensors(path, {&tensor, 1}, {{"which", "old"}});
  const std::string before = file_content(path);
  // In a child, since the limit cannot be taken back: files may grow to 100 kB only.
  const int status = status_of_child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{100'000, 100'000};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    try {
      write_safetensors(path, {&tensor, 1}, {{"which", "new"}});
    } catch (const Error& error) {
      const std::string message = error.what();
      const bool clear = message.find(path.string()) == 0 && message.find('\n') == std::string::npos;
      return error.code() == ErrorCode::file && clear ? 0 : 3;
    }
    return 4;
  });
  CHECK(status == 0);
  CHECK(file_content(path) == before);
  CHECK(files_in(folder.path()) == 1);
  CHECK(read_tensor_file(path).metadata().at("which") == "old");
}

TEST_CASE("atomic file: killed while writing, the old model is still there") {
  const Folder folder;
  const fs::path path = folder.path() / "model";
  put(path, "old");
  const int status = status_of_child([&]() -> int {
    AtomicFile file(path);
    file.write(std::string_view("half a mod"));
    ::kill(::getpid(), SIGKILL);
    return 0;
  });
  CHECK(status == -SIGKILL);
  CHECK(file_content(path) == "old");
  CHECK(files_in(folder.path()) == 2);
}

TEST_CASE("atomic file: what killed writers left is removed, and nothing else") {
  const Folder folder;
  const fs::path path = folder.path() / "model";
  const int status = status_of_child([&]() -> int {
    AtomicFile file(path);
    ::kill(::getpid(), SIGKILL);
    return 0;
  });
  CHECK(status == -SIGKILL);
  for (const char* name :
       {"model.part", "model.1.part", "model.a-1.part", "other.1-1.part", "model.1-1.partial"})
    put(folder.path() / name, "somebody's");
  AtomicFile living(path);
  CHECK(files_in(folder.path()) == 6);  // the five and the living one's
  living.write(std::string_view("mine"));
  AtomicFile(path).write(std::string_view("another's"));
  living.commit();
  CHECK(file_content(path) == "mine");
  CHECK(files_in(folder.path()) == 6);
}

}  // namespace
}  // namespace graft::test
