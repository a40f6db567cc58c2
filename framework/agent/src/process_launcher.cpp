#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <deque>
#include <thread>

#include "mort/agent/launcher.hpp"
#include "mort/base/log.hpp"
#include "mort/base/mutex.hpp"

namespace mort::agent {
namespace {

constexpr std::size_t kLongestEvent = 256UL << 20;
constexpr std::size_t kLongestOutputLine = 16UL << 10;
constexpr int kMostQueuedLines = 1000;
constexpr int kLastBlocks = 64;

/// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { reset(); }
  void reset() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

/// Cuts a byte stream into lines. A line beyond the limit is cut there.
class LineCutter {
 public:
  explicit LineCutter(std::size_t limit) : limit_(limit) {}
  template <class Take>
  void add(const char* data, std::size_t size, Take take) {
    for (const char* end = data + size; data != end;) {
      const auto* newline =
          static_cast<const char*>(std::memchr(data, '\n', static_cast<std::size_t>(end - data)));
      const char* stop = newline == nullptr ? end : newline;
      line_.append(data, stop);
      if (newline != nullptr || line_.size() >= limit_) {
        take(line_);
        line_.clear();
      }
      data = newline == nullptr ? end : newline + 1;
    }
  }
  template <class Take>
  void flush(Take take) {
    if (!line_.empty()) take(line_);
    line_.clear();
  }

 private:
  std::size_t limit_;
  std::string line_;
};

std::string describe_status(int status) {
  if (WIFSIGNALED(status)) {
    return "killed by signal " + std::to_string(WTERMSIG(status)) + " (" +
           strsignal(WTERMSIG(status)) + ")";
  }
  return "exited with " + std::to_string(WEXITSTATUS(status));
}

/// One thread per worker waits for its events, its output and its end, and writes what is queued
/// for it.
class Process : public WorkerProcess {
 public:
  Process(scheduler::Lane& lane, WorkerCallbacks callbacks)
      : lane_(lane), callbacks_(std::make_shared<Guarded>(true, std::move(callbacks))) {}

  ~Process() override {
    callbacks_->alive = false;
    if (!thread_.joinable()) return;
    syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0);
    poke();
    thread_.join();
  }

  Result<void> start(const std::string& program, const worker::Config& config) {
    int sockets[2];
    int pipes[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0)
      return failed("socketpair");
    socket_ = Descriptor(sockets[0]);
    Descriptor child_socket(sockets[1]);
    if (pipe2(pipes, O_CLOEXEC) != 0) return failed("pipe");
    output_ = Descriptor(pipes[0]);
    Descriptor child_output(pipes[1]);
    wake_ = Descriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    pid_ = fork();
    if (pid_ < 0) return failed("fork");
    if (pid_ == 0) become(program, child_socket.get(), child_output.get());
    pidfd_ = Descriptor(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
    if (pidfd_.get() < 0 || wake_.get() < 0) {
      ::kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
      return failed("pidfd_open");
    }
    fcntl(socket_.get(), F_SETFL, O_NONBLOCK);
    fcntl(output_.get(), F_SETFL, O_NONBLOCK);
    enqueue(to_json(config) + "\n");
    thread_ = std::thread([this] { serve(); });
    return {};
  }

  void send(const worker::Command& command) override { enqueue(to_json(command) + "\n"); }

 private:
  struct Guarded {
    Guarded(bool is_alive, WorkerCallbacks given) : alive(is_alive), callbacks(std::move(given)) {}
    bool alive;  // read and written on the lane only
    WorkerCallbacks callbacks;
    std::atomic<int> queued_lines{0};
    std::atomic<std::uint64_t> dropped_lines{0};
  };

  static tl::unexpected<Error> failed(const char* call) {
    return fail(ErrorCode::kFailed,
                std::string("cannot start a worker: ") + call + ": " + std::strerror(errno));
  }

  /// In the child: only async-signal-safe calls.
  [[noreturn]] static void become(const std::string& program, int socket, int output) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);  // the agent blocks the signals it waits for
    dup2(output, 1);
    dup2(output, 2);
    if (socket == 3)
      fcntl(3, F_SETFD, 0);
    else
      dup2(socket, 3);
    const int null = open("/dev/null", O_RDONLY);
    if (null >= 0) dup2(null, 0);
    unsetenv("FASTRTPS_DEFAULT_PROFILES_FILE");
    char* const arguments[] = {const_cast<char*>(program.c_str()), nullptr};
    execv(program.c_str(), arguments);
    _exit(127);
  }

  void enqueue(std::string text) {
    {
      const MutexLock lock(mutex_);
      outgoing_.push_back(std::move(text));
    }
    poke();
  }

  void poke() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(wake_.get(), &one, sizeof one);
  }

  void serve() {
    LineCutter events(kLongestEvent);
    LineCutter output(kLongestOutputLine);
    const auto on_event_line = [this](const std::string& line) { event_line(line); };
    const auto on_output_line = [this](const std::string& line) {
      post_bounded([line](const WorkerCallbacks& callbacks) { callbacks.on_output(line); });
    };
    bool running = true;
    while (running) {
      std::array<pollfd, 4> polls = {
          pollfd{wake_.get(), POLLIN, 0},
          pollfd{socket_.get(), static_cast<short>(POLLIN | (pending_.empty() ? 0 : POLLOUT)), 0},
          pollfd{output_.get(), POLLIN, 0}, pollfd{pidfd_.get(), POLLIN, 0}};
      if (poll(polls.data(), polls.size(), -1) < 0 && errno != EINTR) break;
      if (polls[0].revents != 0) collect_outgoing();
      if ((polls[1].revents & POLLOUT) != 0) write_pending();
      if ((polls[1].revents & (POLLIN | POLLHUP)) != 0)
        read_blocks(socket_, events, 1, on_event_line);
      if ((polls[2].revents & (POLLIN | POLLHUP)) != 0)
        read_blocks(output_, output, 1, on_output_line);
      running = (polls[3].revents & POLLIN) == 0;
    }
    read_blocks(socket_, events, kLastBlocks, on_event_line);  // what it said last
    read_blocks(output_, output, kLastBlocks, on_output_line);
    output.flush(on_output_line);
    ::kill(-pid_, SIGKILL);  // what its tasks have started goes with it
    int status = 0;
    waitpid(pid_, &status, 0);
    lane_.post([guarded = callbacks_, how = describe_status(status)] {
      if (guarded->alive) guarded->callbacks.on_exit(how);
    });
  }

  void collect_outgoing() {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = read(wake_.get(), &count, sizeof count);
    const MutexLock lock(mutex_);
    for (std::string& text : outgoing_) pending_ += text;
    outgoing_.clear();
  }

  void write_pending() {
    const ssize_t sent =
        ::send(socket_.get(), pending_.data(), pending_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0)
      pending_.erase(0, static_cast<std::size_t>(sent));
    else if (sent < 0 && errno != EAGAIN)
      pending_.clear();
  }

  /// At most `blocks`: a worker that never stops talking must not keep its commands from being
  /// sent.
  template <class Take>
  void read_blocks(Descriptor& from, LineCutter& cutter, int blocks, Take take) {
    char block[65536];
    for (int i = 0; i < blocks && from.get() >= 0; ++i) {
      const ssize_t got = read(from.get(), block, sizeof block);
      if (got > 0)
        cutter.add(block, static_cast<std::size_t>(got), take);
      else if (got == 0)
        from.reset();
      else
        break;
    }
  }

  void event_line(const std::string& line) {
    auto event = worker::event_from_json(line);
    if (!event) {
      log::warning("a worker said something that is not an event: " + event.error().message);
      return;
    }
    if (event->kind == worker::Event::Kind::kLog) {
      return post_bounded([event = std::move(*event)](const WorkerCallbacks& callbacks) {
        callbacks.on_event(event);
      });
    }
    lane_.post([guarded = callbacks_, event = std::move(*event)] {
      if (guarded->alive) guarded->callbacks.on_event(event);
    });
  }

  /// For lines: past a bound the newest are dropped, and how many is said in their place.
  void post_bounded(std::function<void(const WorkerCallbacks&)> call) {
    if (callbacks_->queued_lines >= kMostQueuedLines) {
      ++callbacks_->dropped_lines;
      return;
    }
    ++callbacks_->queued_lines;
    lane_.post([guarded = callbacks_, call = std::move(call)] {
      --guarded->queued_lines;
      if (!guarded->alive) return;
      call(guarded->callbacks);
      if (const auto dropped = guarded->dropped_lines.exchange(0); dropped > 0) {
        guarded->callbacks.on_output(std::to_string(dropped) +
                                     " lines dropped: more than the agent can take");
      }
    });
  }

  scheduler::Lane& lane_;
  const std::shared_ptr<Guarded> callbacks_;  // shared with posts that are under way
  Descriptor socket_;
  Descriptor output_;
  Descriptor wake_;
  Descriptor pidfd_;
  pid_t pid_ = -1;
  std::string pending_;  // of the thread
  Mutex mutex_;
  std::deque<std::string> outgoing_ MORT_GUARDED_BY(mutex_);
  std::thread thread_;
};

class ProcessLauncher : public Launcher {
 public:
  ProcessLauncher(std::string program, scheduler::Lane& lane)
      : program_(std::move(program)), lane_(lane) {}
  Result<std::unique_ptr<WorkerProcess>> launch(const worker::Config& config,
                                                WorkerCallbacks callbacks) override {
    auto process = std::make_unique<Process>(lane_, std::move(callbacks));
    MORT_TRY_VOID(process->start(program_, config));
    return process;
  }

 private:
  const std::string program_;
  scheduler::Lane& lane_;
};

}  // namespace

std::unique_ptr<Launcher> make_process_launcher(std::string program, scheduler::Lane& lane) {
  return std::make_unique<ProcessLauncher>(std::move(program), lane);
}

}  // namespace mort::agent
