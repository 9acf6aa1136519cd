#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "support/environment.h"
#include "support/picture_files.h"

namespace graft::test {

using Words = std::vector<std::string>;
Words with(Words words, const Words& more);

struct ProgramResult {
  int status = -1;  // 128 + signal where a signal ended it
  std::string out, error;
};

struct ProgramLimits {
  int64_t file_bytes = 0;  // of each file that it writes, as on a full disk; 0: none
};

// The built program, or another file, as a child process, its output in files of a folder of its own.
class Program {
 public:
  explicit Program(const std::vector<std::string>& arguments, ProgramLimits limits = {},
                   const std::string& file = "");
  ~Program();
  Program(const Program&) = delete;

  // Waits until standard output has `text`; false where the program ends before.
  bool wait_for_output(const std::string& text);
  void interrupt();
  void kill_at_once();   // as the kernel does where memory runs out: the program gets no last word
  ProgramResult wait();  // kills it after some minutes

 private:
  bool ended();

  TemporaryFolder folder_;
  pid_t process_ = -1;
  int status_ = -1;
};

ProgramResult run_program(const std::vector<std::string>& arguments, ProgramLimits limits = {});
ProgramResult run_file(const std::string& file, const std::vector<std::string>& arguments);

// One line that begins with "graft: ", or another program's name, and nothing else on standard error.
bool is_one_line_error(const std::string& text, const std::string& name = "graft");

// Weights that nobody trained, as .safetensors.
void write_untrained(const std::string& file, const std::string& architecture);

// A small data set of two classes, dark and bright, and weights of SqueezeNet 1.1 that nobody trained.
// data/{train,val}/{bright,dark}/N.png, all/{bright,dark}/N.png, weights.safetensors
class SampleProject {
 public:
  SampleProject();
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  const TemporaryFolder& folder() const { return folder_; }
  std::string weights() const { return path("weights.safetensors"); }

  // graft train with what all runs here share, and `more`.
  std::vector<std::string> train(const std::vector<std::string>& more) const;

 private:
  TemporaryFolder folder_;
};

// Made once.
const SampleProject& sample_project();

std::string read_text(const std::filesystem::path& file);
// The number behind the first "KEY": of a JSON text.
double json_number(const std::string& json, const std::string& key);
bool has_key(const std::string& json, const std::string& key);

}  // namespace graft::test
