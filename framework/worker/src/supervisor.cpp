// mort-supervisor WORKER: stands between an agent and a worker; see mort/worker/supervision.hpp.
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "mort/worker/supervision.hpp"

namespace {

using mort::worker::kControlDescriptor;
using mort::worker::kSupervisionDescriptor;
using mort::worker::SupervisorReport;

constexpr int kCannotRun = 127;
/// How long what is below a worker may take to end: some processes cannot be killed (those of other
/// users, and those that the kernel holds).
constexpr int kPatienceMs = 10'000;
constexpr int kPauseMs = 20;

void report(SupervisorReport::Kind kind, int value) {
  const SupervisorReport said{kind, value};
  [[maybe_unused]] const auto sent =
      send(kSupervisionDescriptor, &said, sizeof said, MSG_NOSIGNAL);  // or the agent is gone
}

[[noreturn]] void become_worker(const char* program, pid_t supervisor) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != supervisor) _exit(kCannotRun);
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  char* const arguments[] = {const_cast<char*>(program), nullptr};
  execv(program, arguments);
  _exit(kCannotRun);
}

/// The parent of a process; -1 when it is gone.
pid_t parent_of(const char* pid) {
  char path[300];
  std::snprintf(path, sizeof path, "/proc/%s/stat", pid);
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  char text[512];
  const ssize_t got = read(file, text, sizeof text - 1);
  close(file);
  if (got <= 0) return -1;
  text[got] = '\0';
  // PID (NAME) STATE PARENT ...: the name may hold anything.
  const char* name_end = std::strrchr(text, ')');
  return name_end == nullptr || std::strlen(name_end) < 5 ? -1 : std::atoi(name_end + 4);
}

/// Kills the children of this process. They are not reaped meanwhile, so that no number has come to
/// stand for another process.
void kill_children() {
  DIR* processes = opendir("/proc");
  if (processes == nullptr) return;
  const pid_t self = getpid();
  while (const dirent* entry = readdir(processes)) {
    if (std::isdigit(static_cast<unsigned char>(entry->d_name[0])) == 0) continue;
    if (parent_of(entry->d_name) == self) kill(std::atoi(entry->d_name), SIGKILL);
  }
  closedir(processes);
}

/// A descendant that loses its parent becomes a child of this process. Killing children until there
/// is none therefore ends all descendants, in any session or group.
void end_descendants() {
  for (int waited = 0; waited < kPatienceMs; waited += kPauseMs) {
    pid_t reaped = 0;
    while ((reaped = waitpid(-1, nullptr, WNOHANG)) > 0) {
    }
    if (reaped < 0) return;
    kill_children();
    poll(nullptr, 0, kPauseMs);
  }
}

/// Reaps what has ended. True when the worker was among it; then `status` is how.
bool reap(pid_t worker, int& status) {
  int ended = 0;
  for (pid_t pid = 0; (pid = waitpid(-1, &ended, WNOHANG)) > 0;) {
    if (pid != worker) continue;  // an orphan
    status = ended;
    return true;
  }
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 || fcntl(kSupervisionDescriptor, F_SETFD, FD_CLOEXEC) != 0) {
    std::fprintf(stderr, "mort-supervisor is started by `mort agent`, not by hand\n");
    return 2;
  }
  // A signal that a task sends to its parent by mistake does nothing here.
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, nullptr);
  setsid();
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const pid_t self = getpid();
  const pid_t worker = fork();
  if (worker < 0) return kCannotRun;
  if (worker == 0) become_worker(argv[1], self);
  report(SupervisorReport::kStarted, worker);
  close(kControlDescriptor);  // that the agent sees when the worker closes it
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int standard = 0; standard < 3; ++standard) dup2(null, standard);

  sigset_t ended;
  sigemptyset(&ended);
  sigaddset(&ended, SIGCHLD);
  const int children = signalfd(-1, &ended, SFD_CLOEXEC | SFD_NONBLOCK);
  int status = 0;
  bool told = false;
  while (!reap(worker, status)) {
    pollfd polls[2] = {{children, POLLIN, 0},
                       {told ? -1 : kSupervisionDescriptor, POLLIN | POLLRDHUP, 0}};
    poll(polls, 2, -1);
    signalfd_siginfo signal;
    while (read(children, &signal, sizeof signal) > 0) {
    }
    if (polls[1].revents == 0) continue;
    told = true;  // the agent says nothing but that it is over
    kill(worker, SIGKILL);
  }
  end_descendants();
  report(SupervisorReport::kEnded, status);
  _exit(0);
}
