#include "supervised_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

namespace mort::agent {
namespace {

using worker::SupervisorReport;
namespace fs = std::filesystem;

constexpr int kEndMs = 3000;

std::string describe_status(int status) {
  if (WIFSIGNALED(status)) {
    return "was killed by signal " + std::to_string(WTERMSIG(status)) + " (" +
           strsignal(WTERMSIG(status)) + ")";
  }
  return "exited with " + std::to_string(WEXITSTATUS(status));
}

/// Children of this process whose session is another.
std::vector<pid_t> children_of_other_sessions() {
  std::vector<pid_t> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry.path() / "stat");
    std::string text;
    std::getline(file, text);
    const std::size_t name_end = text.rfind(')');  // PID (NAME) STATE PARENT GROUP SESSION
    if (name_end == std::string::npos) continue;
    std::istringstream fields(text.substr(name_end + 1));
    std::string state;
    pid_t parent = 0;
    pid_t group = 0;
    pid_t session = 0;
    if (fields >> state >> parent >> group >> session && parent == getpid() && session != getsid(0))
      found.push_back(std::stoi(name));
  }
  return found;
}

struct Given {
  const char* supervisor;
  const char* worker;
  int control;
  int output;
  int reports;
};

/// In the child: only async-signal-safe calls.
[[noreturn]] void become_supervisor(const Given& given) {
  constexpr int kApart = 10;  // out of the way of the numbers that are to be taken
  const int control = fcntl(given.control, F_DUPFD_CLOEXEC, kApart);
  const int output = fcntl(given.output, F_DUPFD_CLOEXEC, kApart);
  const int reports = fcntl(given.reports, F_DUPFD_CLOEXEC, kApart);
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(null, 0);
  dup2(output, 1);
  dup2(output, 2);
  dup2(control, worker::kControlDescriptor);
  dup2(reports, worker::kSupervisionDescriptor);
  unsetenv("FASTRTPS_DEFAULT_PROFILES_FILE");
  char* const arguments[] = {const_cast<char*>(given.supervisor), const_cast<char*>(given.worker),
                             nullptr};
  execv(given.supervisor, arguments);
  _exit(127);
}

}  // namespace

SupervisorFamily::SupervisorFamily() {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
}

template <class Start>
pid_t SupervisorFamily::add(Start start) {
  // Under the lock: a supervisor that is not listed yet would be taken for an orphan.
  const MutexLock lock(mutex_);
  const pid_t pid = fork();
  if (pid == 0) start();
  if (pid > 0) supervisors_.insert(pid);
  return pid;
}

int SupervisorFamily::remove(pid_t supervisor, bool may_have_left_orphans) {
  int status = 0;
  while (waitpid(supervisor, &status, 0) < 0 && errno == EINTR) {
  }
  {
    const MutexLock lock(mutex_);
    supervisors_.erase(supervisor);
  }
  // Killing an orphan makes its children come here.
  constexpr int kPauseMs = 20;
  for (int waited = 0; may_have_left_orphans && waited < kEndMs; waited += kPauseMs) {
    if (!kill_orphans()) break;
    poll(nullptr, 0, kPauseMs);
  }
  return status;
}

/// What the agent starts itself is in its session, and supervisors are listed: the other children
/// are orphans. False when there was none.
bool SupervisorFamily::kill_orphans() {
  const MutexLock lock(mutex_);
  bool any = false;
  for (const pid_t pid : children_of_other_sessions()) {
    if (supervisors_.contains(pid)) continue;
    any = true;
    ::kill(pid, SIGKILL);
    waitpid(pid, nullptr, WNOHANG);
  }
  return any;
}

Result<std::unique_ptr<SupervisedProcess>> SupervisedProcess::start(
    std::shared_ptr<SupervisorFamily> family, const std::string& worker_program,
    const Descriptor& control, const Descriptor& output) {
  const std::string supervisor = fs::path(worker_program).replace_filename("mort-supervisor");
  for (const std::string& program : {supervisor, worker_program}) {
    if (access(program.c_str(), X_OK) == 0) continue;
    return fail(ErrorCode::kFailed,
                std::string("cannot start a worker: no program: ") + std::strerror(errno), program,
                "build or install mort, mort-worker and mort-supervisor together");
  }
  int ends[2];
  const auto failed = [](const char* call) {
    return fail(ErrorCode::kFailed,
                std::string("cannot start a worker: ") + call + ": " + std::strerror(errno));
  };
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return failed("socketpair");
  auto process = std::unique_ptr<SupervisedProcess>(new SupervisedProcess);
  process->reports_ = Descriptor(ends[0]);
  const Descriptor far_end(ends[1]);
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  const Given given{supervisor.c_str(), worker_program.c_str(), control.get(), output.get(),
                    far_end.get()};
  process->supervisor_ = family->add([&given] { become_supervisor(given); });
  if (process->supervisor_ < 0) return failed("fork");
  process->family_ = std::move(family);
  return process;
}

SupervisedProcess::~SupervisedProcess() {
  if (supervisor_ < 0) return;
  kill();
  pollfd reports{reports_.get(), POLLIN, 0};
  while (!ended_) {
    if (poll(&reports, 1, kEndMs) == 0) kill_supervisor();
    read_reports();
  }
  how_it_ended();
}

void SupervisedProcess::read_reports() {
  while (!ended_) {
    const ssize_t got =
        read(reports_.get(), reinterpret_cast<char*>(&report_) + filled_, sizeof report_ - filled_);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      ended_ = true;  // the supervisor is gone, or going
      return;
    }
    filled_ += static_cast<std::size_t>(got);
    if (filled_ < sizeof report_) continue;
    filled_ = 0;
    if (report_.kind == SupervisorReport::kStarted) worker_ = report_.value;
    if (report_.kind != SupervisorReport::kEnded) continue;
    status_ = report_.value;
    ended_ = reported_ = true;
  }
}

std::string SupervisedProcess::how_it_ended() {
  if (supervisor_ >= 0) {
    const int status = family_->remove(std::exchange(supervisor_, -1), !reported_);
    if (!reported_) return "ended with its supervisor, which " + describe_status(status);
  }
  return describe_status(status_);
}

void SupervisedProcess::kill() {
  shutdown(reports_.get(), SHUT_WR);
}

void SupervisedProcess::kill_supervisor() const {
  if (supervisor_ >= 0) ::kill(supervisor_, SIGKILL);
}

bool SupervisedProcess::is_traced() const {
  std::ifstream file("/proc/" + std::to_string(worker_) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("TracerPid:", 0) == 0) return std::stoi(line.substr(10)) != 0;
  }
  return false;
}

}  // namespace mort::agent
