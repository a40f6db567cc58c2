#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <deque>
#include <thread>

#include "event_stream.hpp"
#include "mort/agent/launcher.hpp"
#include "mort/base/clock.hpp"
#include "mort/base/mutex.hpp"
#include "mort/base/rate_limit.hpp"
#include "mort/base/visible_text.hpp"
#include "supervised_process.hpp"
#include "watchdog.hpp"

namespace mort::agent {
namespace {

constexpr std::size_t kLongestOutputLine = 16UL << 10;
/// Bytes of events and lines that the lane has not taken yet; beyond, the worker waits.
constexpr std::size_t kMostQueued = 1UL << 20;
constexpr int kLastBlocks = 64;
constexpr int kLookMs = 1000;
constexpr Nanoseconds kForce = std::chrono::seconds(3);

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

/// One thread per worker waits for its events, its output and its end, and writes what is queued
/// for it.
class Process : public WorkerProcess {
 public:
  Process(scheduler::Lane& lane, WorkerCallbacks callbacks)
      : lane_(lane), callbacks_(std::make_shared<Guarded>(std::move(callbacks))) {}

  ~Process() override {
    callbacks_->alive = false;
    if (!thread_.joinable()) return;
    is_over_ = true;
    poke();
    thread_.join();
  }

  Result<void> start(const std::shared_ptr<SupervisorFamily>& family, const std::string& program,
                     const worker::Config& config) {
    int sockets[2];
    int pipes[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0)
      return failed("socketpair");
    socket_ = Descriptor(sockets[0]);
    const Descriptor child_socket(sockets[1]);
    if (pipe2(pipes, O_CLOEXEC) != 0) return failed("pipe");
    output_ = Descriptor(pipes[0]);
    const Descriptor child_output(pipes[1]);
    callbacks_->wake = Descriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (callbacks_->wake.get() < 0) return failed("eventfd");
    fcntl(socket_.get(), F_SETFL, O_NONBLOCK);
    fcntl(output_.get(), F_SETFL, O_NONBLOCK);
    MORT_TRY(process, SupervisedProcess::start(family, program, child_socket, child_output));
    process_ = std::move(process);
    enqueue(to_json(config) + "\n");
    thread_ = std::thread([this, events = EventStream(config)]() mutable { serve(events); });
    return {};
  }

  void send(const worker::Command& command) override { enqueue(to_json(command) + "\n"); }

 private:
  /// Shared with posts that are under way.
  struct Guarded {
    explicit Guarded(WorkerCallbacks given) : callbacks(std::move(given)) {}
    bool alive = true;  // read and written on the lane only
    const WorkerCallbacks callbacks;
    std::atomic<std::size_t> queued{0};  ///< bytes of what the lane has not taken yet
    Descriptor wake;
  };

  static tl::unexpected<Error> failed(const char* call) {
    return fail(ErrorCode::kFailed,
                std::string("cannot start a worker: ") + call + ": " + std::strerror(errno));
  }

  void enqueue(std::string text) {
    {
      const MutexLock lock(mutex_);
      outgoing_.push_back(std::move(text));
    }
    poke();
  }

  void poke() { poke(callbacks_->wake.get()); }
  static void poke(int wake) {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(wake, &one, sizeof one);
  }

  /// The lane takes less than the worker says: it is not listened to meanwhile.
  bool is_lane_behind() const { return callbacks_->queued > kMostQueued; }

  void serve(EventStream& events) {
    LineCutter output(kLongestOutputLine);
    while (!process_->has_ended()) {
      const bool behind = is_lane_behind();
      if (behind) watchdog_.heard();  // it cannot be heard
      std::array<pollfd, 4> polls = {
          pollfd{callbacks_->wake.get(), POLLIN, 0},
          pollfd{socket_.get(),
                 static_cast<short>((behind ? 0 : POLLIN) | (pending_.empty() ? 0 : POLLOUT)), 0},
          pollfd{output_.get(), POLLIN, 0}, pollfd{process_->descriptor(), POLLIN, 0}};
      if (poll(polls.data(), polls.size(), kLookMs) < 0 && errno != EINTR) {
        process_->kill();  // then it ends, and how is waited for
        break;
      }
      if (polls[0].revents != 0) collect_outgoing();
      if ((polls[1].revents & POLLOUT) != 0) write_pending();
      if ((polls[1].revents & (POLLIN | POLLHUP)) != 0 && !behind) read_events(events, 1);
      if ((polls[2].revents & (POLLIN | POLLHUP)) != 0) read_output(output, 1);
      if (polls[3].revents != 0) process_->read_reports();
      say_dropped();
      look_after();
    }
    const std::string how = process_->how_it_ended();
    read_events(events, kLastBlocks);  // what it said last
    read_output(output, kLastBlocks);
    output.flush([this](const std::string& line) { output_line(line); });
    if (dropped_ > 0) post_dropped();
    lane_.post([guarded = callbacks_, how = reason_.empty() ? how : reason_] {
      if (guarded->alive) guarded->callbacks.on_exit(how);
    });
  }

  /// Ends a worker that does not answer, or whose supervisor does not.
  void look_after() {
    const Nanoseconds now = clock_.now();
    if (is_over_ && !force_at_) end_by_force({});
    if (!force_at_ && watchdog_.look(now)) {
      if (process_->is_traced())
        watchdog_.heard();
      else
        end_by_force("stopped answering for " + std::to_string(Watchdog::kPatience) + " s");
    }
    // A worker that has closed its socket has ended, or does not want to be ended.
    if (!force_at_ && socket_.get() < 0) end_by_force({});
    if (force_at_ && now >= *force_at_) {
      process_->kill_supervisor();
      force_at_ = now + kForce;
    }
  }

  void end_by_force(const std::string& reason) {
    if (force_at_) return;
    reason_ = reason;
    force_at_ = clock_.now() + kForce;
    process_->kill();
  }

  void collect_outgoing() {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = read(callbacks_->wake.get(), &count, sizeof count);
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
  void read_blocks(Descriptor& from, int blocks, Take take) {
    char block[65536];
    for (int i = 0; i < blocks && from.get() >= 0; ++i) {
      const ssize_t got = read(from.get(), block, sizeof block);
      if (got > 0) {
        if (!take(std::string_view(block, static_cast<std::size_t>(got)))) return;
      } else if (got == 0) {
        from.reset();
      } else {
        return;
      }
    }
  }

  void read_events(EventStream& events, int blocks) {
    if (is_refused_) return;
    read_blocks(socket_, blocks, [&](std::string_view block) {
      watchdog_.heard();
      const auto taken = events.add(block, [this](worker::Event event, std::size_t bytes) {
        if (event.kind == worker::Event::Kind::kAlive) return watchdog_.arm();
        bytes += event.stats.subscribed.size() * sizeof(worker::SubscribedStats);
        post(bytes, [event = std::move(event)](const WorkerCallbacks& callbacks) {
          callbacks.on_event(event);
        });
      });
      if (taken) return !is_lane_behind() || process_->has_ended();
      is_refused_ = true;
      end_by_force("broke the protocol of its agent, and was killed: " +
                   visible_line(taken.error().message));
      return false;
    });
  }

  void read_output(LineCutter& output, int blocks) {
    read_blocks(output_, blocks, [&](std::string_view block) {
      output.add(block.data(), block.size(),
                 [this](const std::string& line) { output_line(line); });
      return true;
    });
  }

  /// Past the limits lines are dropped, and how many is said.
  void output_line(const std::string& line) {
    if (is_lane_behind() || !lines_.take(clock_.now())) {
      ++dropped_;
      return;
    }
    post(line.size(), [line](const WorkerCallbacks& callbacks) { callbacks.on_output(line); });
  }

  void say_dropped() {
    if (dropped_ > 0 && !is_lane_behind() && said_.take(clock_.now())) post_dropped();
  }

  void post_dropped() {
    const std::string text = std::to_string(std::exchange(dropped_, 0)) +
                             " lines dropped: what is printed is kept up to " +
                             std::to_string(worker::kLinesASecond) + " lines a second, " +
                             std::to_string(worker::kLinesAtOnce) + " at once";
    post(text.size(), [text](const WorkerCallbacks& callbacks) { callbacks.on_output(text); });
  }

  template <class Call>
  void post(std::size_t bytes, Call call) {
    constexpr std::size_t kOfAPost = 256;
    bytes += kOfAPost;
    callbacks_->queued += bytes;
    lane_.post([guarded = callbacks_, bytes, call = std::move(call)] {
      const bool was_behind = guarded->queued > kMostQueued;
      guarded->queued -= bytes;
      if (was_behind && guarded->queued <= kMostQueued) poke(guarded->wake.get());
      if (guarded->alive) call(guarded->callbacks);
    });
  }

  scheduler::Lane& lane_;
  const std::shared_ptr<Guarded> callbacks_;
  std::unique_ptr<SupervisedProcess> process_;
  std::atomic<bool> is_over_ = false;
  Mutex mutex_;
  std::deque<std::string> outgoing_ MORT_GUARDED_BY(mutex_);
  // Of the thread:
  Descriptor socket_;
  Descriptor output_;
  std::string pending_;
  const SystemClock clock_;
  Watchdog watchdog_;
  std::optional<Nanoseconds> force_at_;  ///< when a supervisor that was asked has had its time
  std::string reason_;                   ///< for which it was killed
  bool is_refused_ = false;
  RateLimit lines_{worker::kLinesAtOnce, worker::kLinesASecond};
  RateLimit said_{1, 1};
  std::uint64_t dropped_ = 0;
  std::thread thread_;
};

class ProcessLauncher : public Launcher {
 public:
  ProcessLauncher(std::string program, scheduler::Lane& lane)
      : program_(std::move(program)), lane_(lane) {}
  Result<std::unique_ptr<WorkerProcess>> launch(const worker::Config& config,
                                                WorkerCallbacks callbacks) override {
    auto process = std::make_unique<Process>(lane_, std::move(callbacks));
    MORT_TRY_VOID(process->start(family_, program_, config));
    return process;
  }

 private:
  const std::string program_;
  scheduler::Lane& lane_;
  const std::shared_ptr<SupervisorFamily> family_ =
      std::make_shared<SupervisorFamily>();  // shared with processes
};

}  // namespace

std::unique_ptr<Launcher> make_process_launcher(std::string program, scheduler::Lane& lane) {
  return std::make_unique<ProcessLauncher>(std::move(program), lane);
}

}  // namespace mort::agent
