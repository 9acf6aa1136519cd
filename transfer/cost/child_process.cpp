#include "transfer/cost/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <new>

#include "engine/check.h"

namespace graft {

namespace {

// The first byte of what the child says.
constexpr char done = 'd', failed = 'f';

void write_all(int to, const std::string& bytes) {
  for (size_t at = 0; at < bytes.size();) {
    const ssize_t written = write(to, bytes.data() + at, bytes.size() - at);
    if (written < 0 && errno != EINTR) return;  // the parent is gone
    if (written > 0) at += static_cast<size_t>(written);
  }
}

std::string read_all(int from) {
  std::string bytes;
  char part[4096];
  while (true) {
    const ssize_t count = read(from, part, sizeof part);
    if (count == 0) return bytes;
    if (count > 0) bytes.append(part, static_cast<size_t>(count));
    if (count < 0 && errno != EINTR) return bytes;
  }
}

std::string failure(ErrorCode code, const char* message) {
  return text(failed, static_cast<char>(code), message);
}

std::string outcome_of(const std::function<std::string()>& work) {
  try {
    return done + work();
  } catch (const Error& error) {
    return failure(error.code(), error.what());
  } catch (const std::bad_alloc&) {
    return failure(ErrorCode::memory, "out of memory");
  } catch (const std::exception& error) {
    return failure(ErrorCode::device, error.what());
  }
}

[[noreturn]] void be_the_child(pid_t parent, int to, const std::function<std::string()>& work) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(0);  // it ended before it could be watched
  write_all(to, outcome_of(work));
  _exit(0);  // nothing of the parent's is flushed or destroyed
}

int wait_for(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

std::string text_from_child(const std::string& what, const std::function<std::string()>& work) {
  int ends[2];
  GRAFT_CHECK(pipe2(ends, O_CLOEXEC) == 0, device, what, ": no pipe: ", std::strerror(errno));
  const pid_t parent = getpid(), child = fork();
  if (child == 0) {
    close(ends[0]);
    be_the_child(parent, ends[1], work);
  }
  close(ends[1]);
  const std::string said = child > 0 ? read_all(ends[0]) : "";
  close(ends[0]);
  GRAFT_CHECK(child > 0, device, what, ": no child process: ", std::strerror(errno));
  const int status = wait_for(child);
  if (said.starts_with(done)) return said.substr(1);
  if (said.size() > 1) fail(static_cast<ErrorCode>(said[1]), said.substr(2));
  fail(ErrorCode::memory, what, ": the process that ran it was ended",
       WIFSIGNALED(status) ? text(" by signal ", WTERMSIG(status)) : "",
       ", as happens where memory runs out; a smaller --batch needs less");
}

}  // namespace graft
