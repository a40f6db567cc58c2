#include "mort/base/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

extern char** environ;

namespace mort {
namespace {

using Steady = std::chrono::steady_clock;

/// Reads both pipes until they close; false at the deadline.
bool read_both(int out, int err, ProcessResult& result, Steady::time_point deadline) {
  pollfd polls[2] = {{out, POLLIN, 0}, {err, POLLIN, 0}};
  std::string* texts[2] = {&result.out, &result.err};
  int open_pipes = 2;
  char block[65536];
  while (open_pipes > 0) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Steady::now()).count();
    if (left <= 0) return false;
    if (poll(polls, 2, static_cast<int>(std::min<long long>(left, 1000))) < 0 && errno != EINTR)
      return false;
    for (int i = 0; i < 2; ++i) {
      if (polls[i].fd < 0 || polls[i].revents == 0) continue;
      const ssize_t got = read(polls[i].fd, block, sizeof block);
      if (got > 0)
        texts[i]->append(block, static_cast<std::size_t>(got));
      else if (got == 0 || errno != EINTR) {
        polls[i].fd = -1;
        --open_pipes;
      }
    }
  }
  return true;
}

}  // namespace

Result<ProcessResult> run_process(const std::vector<std::string>& arguments, int timeout_s) {
  int out[2];
  int err[2];
  if (pipe2(out, O_CLOEXEC) != 0) return fail(ErrorCode::kFailed, "cannot make a pipe");
  if (pipe2(err, O_CLOEXEC) != 0) {
    close(out[0]);
    close(out[1]);
    return fail(ErrorCode::kFailed, "cannot make a pipe");
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out[1], 1);
  posix_spawn_file_actions_adddup2(&actions, err[1], 2);
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  pid_t pid = -1;
  const int code = posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(out[1]);
  close(err[1]);
  if (code != 0) {
    close(out[0]);
    close(err[0]);
    return fail(ErrorCode::kFailed, "cannot start " + arguments[0] + ": " + std::strerror(code));
  }
  ProcessResult result;
  const auto deadline =
      timeout_s > 0 ? Steady::now() + std::chrono::seconds(timeout_s) : Steady::time_point::max();
  const bool whole = read_both(out[0], err[0], result, deadline);
  if (!whole) kill(pid, SIGKILL);
  close(out[0]);
  close(err[0]);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!whole)
    return fail(ErrorCode::kUnreachable, arguments[0] + " took longer than " +
                                             std::to_string(timeout_s) + " s and was ended");
  result.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return result;
}

Result<void> raise_file_limit(std::size_t needed) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return {};
  if (limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
  }
  if (limit.rlim_cur >= needed) return {};
  return fail(ErrorCode::kFailed,
              "this process may open " + std::to_string(limit.rlim_cur) + " files, and needs " +
                  std::to_string(needed),
              {},
              "raise the limit: `ulimit -n " + std::to_string(4 * needed) +
                  "`, or LimitNOFILE= of the service");
}

std::string machine_architecture() {
  utsname name{};
  uname(&name);
  return name.machine;
}

}  // namespace mort
