#include "source/child_processes.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>

#include "mort/base/sanitizers.hpp"

namespace mort::analyzer {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kMaxAnswerBytes = std::size_t{256} << 20;
constexpr std::size_t kLastWords = 2000;
constexpr rlim_t kStackBytes = rlim_t{256} << 20;  ///< Clang recurses as deep as the source nests

/// Not under sanitizers: their shadow memory is address space, too.
constexpr bool kLimitsMemory = !MORT_ASAN && !MORT_TSAN;

struct Child {
  std::size_t index = 0;
  pid_t pid = -1;
  int pipe = -1;
  int errors = -1;  ///< an unnamed file that is the child's stderr
  Steady::time_point deadline;
  ChildOutcome outcome;
};

void limit(int resource, rlim_t soft) {
  rlimit now{};
  if (getrlimit(static_cast<__rlimit_resource_t>(resource), &now) != 0) return;
  now.rlim_cur = std::min(now.rlim_max, soft);
  setrlimit(static_cast<__rlimit_resource_t>(resource), &now);
}

[[noreturn]] void be_child(const Child& child, pid_t parent, int out, const ChildLimits& limits,
                           const std::function<std::string(std::size_t)>& work) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // it ended before
  if (const int null = open("/dev/null", O_RDONLY | O_CLOEXEC); null >= 0) dup2(null, 0);
  limit(RLIMIT_STACK, kStackBytes);
  limit(RLIMIT_CORE, 0);
  if (kLimitsMemory) limit(RLIMIT_AS, limits.memory_bytes);
  if (child.errors >= 0) dup2(child.errors, 2);
  std::string text;
  try {
    text = work(child.index);
  } catch (const std::exception& error) {
    static_cast<void>(!write(2, error.what(), std::strlen(error.what())));
    _exit(1);
  }
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t written = write(out, text.data() + at, text.size() - at);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) _exit(1);
    at += static_cast<std::size_t>(written);
  }
  _exit(0);  // Clang keeps its memory to the end: no need to tidy up
}

std::string end_of(int file) {
  if (file < 0) return {};
  const off_t size = lseek(file, 0, SEEK_END);
  if (size <= 0) return {};
  std::string text(std::min<std::size_t>(static_cast<std::size_t>(size), kLastWords), '\0');
  const ssize_t got = pread(file, text.data(), text.size(), size - static_cast<off_t>(text.size()));
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

/// Reads what is there; false when the pipe is at its end.
bool read_some(Child& child) {
  char block[65536];
  const ssize_t got = read(child.pipe, block, sizeof block);
  if (got < 0) return errno == EINTR || errno == EAGAIN;
  if (got == 0) return false;
  if (child.outcome.out.size() + static_cast<std::size_t>(got) > kMaxAnswerBytes) {
    child.outcome.failure = "gave more than 256 MiB of findings";
    return false;
  }
  child.outcome.out.append(block, static_cast<std::size_t>(got));
  return true;
}

void finish(Child& child) {
  close(child.pipe);
  if (!child.outcome.failure.empty()) kill(child.pid, SIGKILL);
  int status = 0;
  while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
  }
  ChildOutcome& outcome = child.outcome;
  if (outcome.failure.empty() && WIFSIGNALED(status)) {
    outcome.failure = "was ended by signal " + std::to_string(WTERMSIG(status)) + " (" +
                      strsignal(WTERMSIG(status)) + ")";
  } else if (outcome.failure.empty() && WEXITSTATUS(status) != 0) {
    outcome.failure = "ended with " + std::to_string(WEXITSTATUS(status));
  }
  if (!outcome.failure.empty()) {
    outcome.out.clear();
    outcome.last_words = end_of(child.errors);
  }
  if (child.errors >= 0) close(child.errors);
}

}  // namespace

std::vector<ChildOutcome> run_in_children(std::size_t count, int jobs, const ChildLimits& limits,
                                          const std::function<std::string(std::size_t)>& work) {
  std::vector<ChildOutcome> outcomes(count);
  std::vector<Child> running;
  std::size_t next = 0;
  const auto start = [&] {
    Child child;
    child.index = next++;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
      outcomes[child.index].failure = std::string("cannot be started: ") + std::strerror(errno);
      return;
    }
    child.errors = memfd_create("stderr", MFD_CLOEXEC);
    child.deadline = Steady::now() + limits.time;
    const pid_t self = getpid();
    child.pid = fork();
    if (child.pid == 0) be_child(child, self, ends[1], limits, work);
    close(ends[1]);
    child.pipe = ends[0];
    if (child.pid < 0) {
      outcomes[child.index].failure = std::string("cannot be started: ") + std::strerror(errno);
      close(child.pipe);
      if (child.errors >= 0) close(child.errors);
      return;
    }
    running.push_back(std::move(child));
  };
  while (next < count || !running.empty()) {
    while (next < count && running.size() < static_cast<std::size_t>(std::max(jobs, 1))) start();
    std::vector<pollfd> polls;
    auto soonest = Steady::now() + std::chrono::seconds(1);
    for (const Child& child : running) {
      polls.push_back({child.pipe, POLLIN, 0});
      soonest = std::min(soonest, child.deadline);
    }
    const auto wait =
        std::chrono::duration_cast<std::chrono::milliseconds>(soonest - Steady::now()).count();
    poll(polls.data(), polls.size(), static_cast<int>(std::max<long long>(wait, 0)) + 1);
    const auto now = Steady::now();
    for (std::size_t i = running.size(); i-- > 0;) {
      Child& child = running[i];
      bool done = polls[i].revents != 0 && !read_some(child);
      if (!done && now >= child.deadline) {
        child.outcome.timed_out = true;
        child.outcome.failure =
            "took longer than " + std::to_string(limits.time.count()) + " s and was ended";
        done = true;
      }
      if (!done) continue;
      finish(child);
      outcomes[child.index] = std::move(child.outcome);
      running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  return outcomes;
}

}  // namespace mort::analyzer
