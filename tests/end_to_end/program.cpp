#include "end_to_end/program.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

#include "engine/check.h"
#include "support/paths.h"

namespace graft::test {

Program::Program(const std::vector<std::string>& arguments, ProgramLimits limits, const std::string& file) {
  std::vector<std::string> words{file.empty() ? program : file};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const std::string out = (folder_.path() / "out").string(), error = (folder_.path() / "error").string();
  process_ = fork();
  GRAFT_CHECK(process_ >= 0, memory, "fork failed");
  if (process_ > 0) return;
  const auto redirect = [](const char* file, int flags, int to) {
    const int descriptor = open(file, flags, 0600);
    if (descriptor < 0 || dup2(descriptor, to) < 0) _exit(126);
  };
  redirect("/dev/null", O_RDONLY, STDIN_FILENO);
  redirect(out.c_str(), O_CREAT | O_WRONLY | O_TRUNC, STDOUT_FILENO);
  redirect(error.c_str(), O_CREAT | O_WRONLY | O_TRUNC, STDERR_FILENO);
  if (limits.file_bytes > 0) {
    const auto bytes = static_cast<rlim_t>(limits.file_bytes);
    const rlimit limit{bytes, bytes};
    signal(SIGXFSZ, SIG_IGN);  // so that writing fails with an error, as it does on a full disk
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(126);
  }
  execv(argv[0], argv.data());
  _exit(127);
}

Program::~Program() {
  if (status_ >= 0) return;
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

bool Program::ended() {
  if (status_ >= 0) return true;
  int status = 0;
  if (waitpid(process_, &status, WNOHANG) != process_) return false;
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return true;
}

bool Program::wait_for_output(const std::string& text) {
  while (true) {
    const bool over = ended();
    if (read_text(folder_.path() / "out").find(text) != std::string::npos) return true;
    if (over) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

void Program::interrupt() {
  if (!ended()) kill(process_, SIGINT);
}

void Program::kill_at_once() {
  if (!ended()) kill(process_, SIGKILL);
}

ProgramResult Program::wait() {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(4);
  while (!ended()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    if (std::chrono::steady_clock::now() > deadline) kill(process_, SIGKILL);
  }
  return {status_, read_text(folder_.path() / "out"), read_text(folder_.path() / "error")};
}

ProgramResult run_program(const std::vector<std::string>& arguments, ProgramLimits limits) {
  return Program(arguments, limits).wait();
}

ProgramResult run_file(const std::string& file, const std::vector<std::string>& arguments) {
  return Program(arguments, {}, file).wait();
}

Words with(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

bool is_one_line_error(const std::string& text, const std::string& name) {
  return text.starts_with(name + ": ") && text.size() > name.size() + 7 &&
         std::count(text.begin(), text.end(), '\n') == 1 && text.ends_with('\n');
}

std::string read_text(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

bool has_key(const std::string& json, const std::string& key) {
  return json.find("\"" + key + "\":") != std::string::npos;
}

double json_number(const std::string& json, const std::string& key) {
  const std::string quoted = "\"" + key + "\":";
  const size_t at = json.find(quoted);
  REQUIRE_MESSAGE(at != std::string::npos, "no key ", key, " in ", json.substr(0, 200));
  return std::stod(json.substr(at + quoted.size()));
}

}  // namespace graft::test
