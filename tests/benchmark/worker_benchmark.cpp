// What a job pays inside a worker: the hand-over of a message to a task of the same lane and of
// another, and whole cycles of task graphs against a thread for each task and against Boost.Fiber.
#include <linux/futex.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <map>
#include <thread>

#include "cycle_peers.hpp"
#include "rows.hpp"
#include "support/threaded_worker.hpp"

namespace mort {
namespace {

using benchmark_rows::Goal;
using benchmark_rows::Row;
using benchmark_worker::CycleGraph;
using threaded::Spec;
using threaded::SpecTask;
using Samples = std::vector<double>;
using Clock = std::chrono::steady_clock;

struct Blob {
  std::vector<std::uint8_t> bytes;
};
struct Number {
  std::int32_t value = 0;
};

struct Settings {
  std::string rows;
  std::string samples;  ///< folder for raw latencies; empty: none
  int pairs = 5;
  int messages = 20'000;
  std::string only;
  int cycles = 0;  ///< of each graph; 0: by the number of its tasks
  bool wants(const std::string& name) const {
    return only.empty() || (name + ' ').find(only + ' ') != std::string::npos;
  }
  bool threads = true;  ///< the rows against a thread for each task, which take the longest
};

double nanoseconds(Clock::duration time) {
  return std::chrono::duration<double, std::nano>(time).count();
}

double quantile(Samples samples, double q) {
  const auto at = static_cast<std::ptrdiff_t>(q * static_cast<double>(samples.size() - 1));
  std::nth_element(samples.begin(), samples.begin() + at, samples.end());
  return samples[static_cast<std::size_t>(at)];
}

graph::TopicSettings latest() {
  graph::TopicSettings settings;
  settings.depth = 4;
  return settings;
}

/// Runs the tasks until all have ended; one that fails ends the program.
void run_worker(const std::vector<Spec>& specs, const std::string& type,
                const graph::TopicSettings& topics) {
  const SystemClock clock;
  threaded::ThreadedWorker worker(specs, type, topics, clock);
  if (const auto run = worker.run(); !run) {
    std::fprintf(stderr, "%s\n", to_string(run.error()).c_str());
    std::exit(1);
  }
  for (const auto& [task, state] : worker.states()) {
    if (state == "finished") continue;
    std::fprintf(stderr, "task %s: %s\n", task.c_str(), state.c_str());
    std::exit(1);
  }
}

void keep(const Settings& settings, const std::string& name, const std::string& side,
          Samples nanos) {
  for (double& one : nanos) one /= 1000;
  benchmark_rows::keep(settings.samples, name, side, nanos);
}

/// Nanoseconds from Publish() of a message of `bytes` that is filled already until the last of
/// `readers` tasks has it. `pause`: the publisher sleeps so long between two messages, on a lane of
/// its own.
Samples hand_over(std::size_t bytes, int readers, int messages, Nanoseconds pause) {
  const bool other_lane = pause.count() > 0;
  Clock::time_point begin;
  std::atomic<int> taken{0};
  Samples samples;
  samples.reserve(static_cast<std::size_t>(messages));
  std::vector<Spec> specs;
  const auto blob = std::make_shared<const Blob>(Blob{std::vector<std::uint8_t>(bytes, 7)});
  specs.push_back({"a", {}, {"blobs"}, [&](SpecTask& task) {
                     const int warm_up = messages / 10;
                     for (int i = 0; i < warm_up + messages; ++i) {
                       if (i == warm_up) samples.clear();
                       taken.store(0, std::memory_order_relaxed);
                       begin = Clock::now();
                       task.Publish("blobs", blob);
                       task.Sleep(pause);
                       while (other_lane && taken.load(std::memory_order_acquire) < readers)
                         task.Sleep(pause);
                     }
                   }});
  for (int i = 0; i < readers; ++i) {
    specs.push_back({"b" + std::to_string(i),
                     {"blobs"},
                     {},
                     [&](SpecTask& task) {
                       while (task.Take<Blob>("blobs")) {
                         const auto now = Clock::now();
                         if (taken.load(std::memory_order_relaxed) + 1 == readers)
                           samples.push_back(nanoseconds(now - begin));
                         taken.fetch_add(1, std::memory_order_release);
                       }
                     },
                     other_lane ? 1 : 0});
  }
  run_worker(specs, message_type<Blob>().name, latest());
  return samples;
}

/// How one bare thread wakes another, and the other sleeps.
class Futex {
 public:
  void wake(std::uint32_t number) {
    word_.store(number, std::memory_order_release);
    call(FUTEX_WAKE, 1);
  }
  void sleep_until(std::uint32_t number) {
    std::uint32_t seen = word_.load(std::memory_order_acquire);
    while (seen < number) {
      call(FUTEX_WAIT, seen);
      seen = word_.load(std::memory_order_acquire);
    }
  }

 private:
  void call(int operation, std::uint32_t value) {
    syscall(SYS_futex, &word_, operation | FUTEX_PRIVATE_FLAG, value, nullptr, nullptr, 0);
  }
  std::atomic<std::uint32_t> word_{0};
};

class EventFd {
 public:
  EventFd() : file_(eventfd(0, EFD_CLOEXEC)) {}
  ~EventFd() { close(file_); }
  EventFd(const EventFd&) = delete;
  EventFd& operator=(const EventFd&) = delete;
  void wake(std::uint32_t) { eventfd_write(file_, 1); }
  void sleep_until(std::uint32_t) {
    eventfd_t count = 0;
    eventfd_read(file_, &count);
  }

 private:
  const int file_;
};

/// The same way between two bare threads, the second asleep.
template <class Signal>
Samples bare_wake(int messages, Nanoseconds pause) {
  Signal signal;
  std::atomic<int> taken{0};
  Clock::time_point begin;
  Samples samples;
  samples.reserve(static_cast<std::size_t>(messages));
  std::jthread waiter([&] {
    for (int i = 1; i <= messages; ++i) {
      signal.sleep_until(static_cast<std::uint32_t>(i));
      samples.push_back(nanoseconds(Clock::now() - begin));
      taken.store(i, std::memory_order_release);
    }
  });
  for (int i = 1; i <= messages; ++i) {
    begin = Clock::now();
    signal.wake(static_cast<std::uint32_t>(i));
    do {
      std::this_thread::sleep_for(pause);
    } while (taken.load(std::memory_order_acquire) < i);
  }
  return samples;
}

/// With its length and encapsulation it is as large as a message may be.
constexpr std::size_t kLargest = kMaxPayloadBytes - 8;

std::string size_name(std::size_t bytes) {
  if (bytes == kLargest) return "16 MiB";
  if (bytes >= 1 << 20) return std::to_string(bytes >> 20) + " MiB";
  if (bytes >= 1 << 10) return std::to_string(bytes >> 10) + " KiB";
  return std::to_string(bytes) + " B";
}

void same_lane(const Settings& settings, std::vector<Row>& rows) {
  for (const std::size_t bytes : {64UL, 64UL << 10, 1UL << 20, kLargest}) {
    Row row{.name = "publish to subscriber resumed, same lane, " + size_name(bytes),
            .unit = "ns p50",
            .goal = Goal{Goal::kAtMost, 300}};
    for (int i = 0; i < settings.pairs; ++i) {
      const Samples samples = hand_over(bytes, 1, settings.messages, Nanoseconds(0));
      row.samples.push_back(quantile(samples, 0.5));
      if (i == 0)
        keep(settings, "publish to resumed, same lane, " + size_name(bytes), "mort", samples);
    }
    rows.push_back(row);
  }
  Row row{.name = "the same, the last of 4 subscribers, 64 B",
          .unit = "ns p50",
          .goal = Goal{Goal::kAtMost, 500}};
  for (int i = 0; i < settings.pairs; ++i)
    row.samples.push_back(quantile(hand_over(64, 4, settings.messages, Nanoseconds(0)), 0.5));
  rows.push_back(row);
}

void other_lane(const Settings& settings, std::vector<Row>& rows) {
  constexpr Nanoseconds kPause = std::chrono::microseconds(100);
  const int messages = settings.messages / 4;
  struct Peer {
    std::string name;
    Samples (*run)(int, Nanoseconds);
    Samples medians, ratios;
  };
  std::vector<Peer> peers = {{"futex wake", bare_wake<Futex>, {}, {}},
                             {"eventfd wake", bare_wake<EventFd>, {}, {}}};
  Samples medians;
  const std::string drawn = "publish to resumed, other lane, 64 B";
  for (int i = 0; i < settings.pairs; ++i) {
    const Samples ours = hand_over(64, 1, messages, kPause);
    medians.push_back(quantile(ours, 0.5) / 1000);
    if (i == 0) keep(settings, drawn, "mort", ours);
    for (Peer& peer : peers) {
      const Samples theirs = peer.run(messages, kPause);
      if (i == 0) keep(settings, drawn, peer.name, theirs);
      peer.medians.push_back(quantile(theirs, 0.5) / 1000);
      peer.ratios.push_back(medians.back() / peer.medians.back());
    }
  }
  for (const Peer& peer : peers) {
    Row row{.name = "publish to subscriber resumed, other lane asleep, 64 B",
            .unit = "us p50",
            .peer = peer.name,
            .goal = Goal{Goal::kAtMost, 1.2},
            .goal_of_ratio = true};
    row.samples = medians;
    row.peer_value = quantile(peer.medians, 0.5);
    row.ratio = quantile(peer.ratios, 0.5);
    rows.push_back(row);
  }
}

/// One cycle as tasks of Mort: each publishes one topic, which its successors read.
double cycle_on_mort(const CycleGraph& graph, int cycles) {
  double mean_us = 0;
  int waiting = 0;  ///< tasks that have started, but for the source
  int ended = 0;    ///< cycles that the sink has seen
  std::vector<std::string> names;
  for (int i = 0; i < graph.tasks; ++i) names.push_back("t" + std::to_string(i));
  const auto name = [&names](int task) -> const std::string& {
    return names[static_cast<std::size_t>(task)];
  };
  std::vector<Spec> specs(names.size());
  for (std::size_t i = 0; i < specs.size(); ++i) specs[i].name = names[i];
  for (const auto& edge : graph.edges) {
    specs[static_cast<std::size_t>(edge.to)].sub.push_back(name(edge.from));
    auto& pub = specs[static_cast<std::size_t>(edge.from)].pub;
    if (pub.empty()) pub.push_back(name(edge.from));
  }
  specs[0].body = [&](SpecTask& task) {
    while (waiting != graph.tasks - 1) task.Sleep(Nanoseconds(0));  // they start one by one
    const int warm_up = cycles / 10 + 100;
    Clock::time_point begin;
    for (int i = 0; i < warm_up + cycles; ++i) {
      if (i == warm_up) begin = Clock::now();
      if (graph.tasks > 1) task.Publish(specs[0].pub[0], Number{i});
      task.Sleep(Nanoseconds(0));
      if (i >= warm_up && graph.tasks > 1 && ended != i + 1) {
        std::fprintf(stderr, "the source runs before cycle %d of %d tasks has ended: %d\n", i,
                     graph.tasks, ended);
        std::exit(1);
      }
    }
    mean_us = nanoseconds(Clock::now() - begin) / cycles / 1000;
  };
  for (std::size_t i = 1; i < specs.size(); ++i) {
    specs[i].body = [&, i](SpecTask& task) {
      // What it needs in each cycle lies on its stack, as that of most tasks does.
      const bool sink = static_cast<int>(i) == graph.sink;
      boost::container::small_vector<std::string_view, 2> inputs;
      for (const auto& edge : graph.edges)
        if (edge.to == static_cast<int>(i)) inputs.push_back(name(edge.from));
      const std::string_view output =
          specs[i].pub.empty() ? std::string_view{} : name(static_cast<int>(i));
      ++waiting;
      while (true) {
        std::shared_ptr<const Number> number;
        for (const std::string_view input : inputs) {
          number = task.Take<Number>(input);
          if (!number) return;
        }
        if (!output.empty()) task.Publish(output, Number{number->value});
        if (sink) ++ended;
      }
    };
  }
  graph::TopicSettings every;  // also what comes before all have started
  every.history = graph::History::kKeepAll;
  every.block = true;
  run_worker(specs, message_type<Number>().name, every);
  return mean_us;
}

/// What `measure` gives in a process of its own, as a worker is one: what was measured before has
/// left nothing in its memory. The caller must be the only thread.
template <class Measure>
double in_own_process(const Measure& measure) {
  int ends[2];
  double result = 0;
  if (pipe(ends) != 0) {
    std::perror("worker_benchmark: pipe");
    std::exit(1);
  }
  const pid_t child = fork();
  if (child == 0) {
    result = measure();
    _exit(write(ends[1], &result, sizeof result) == sizeof result ? 0 : 1);
  }
  close(ends[1]);
  const bool told = read(ends[0], &result, sizeof result) == sizeof result;
  close(ends[0]);
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) < 0 || !told) {
    std::fprintf(stderr, "worker_benchmark: a measurement in its own process ended with %d\n",
                 status);
    std::exit(1);
  }
  return result;
}

void cycles(const Settings& settings, std::vector<Row>& rows) {
  std::vector<std::pair<std::string, CycleGraph>> graphs;
  for (const int tasks : {1, 10, 100, 1000})
    graphs.emplace_back("chain of " + std::to_string(tasks), CycleGraph::chain(tasks));
  for (const int tasks : {10, 100, 1000})
    graphs.emplace_back("diamond of " + std::to_string(tasks), CycleGraph::diamond(tasks));
  graphs.emplace_back("text-statistics", CycleGraph::text_statistics());
  for (const auto& [name, graph] : graphs) {
    if (!settings.wants(name)) continue;
    const int cycles = settings.cycles > 0 ? settings.cycles : std::max(200, 200'000 / graph.tasks);
    Row threads{.name = "cycle of a " + name,
                .unit = "us",
                .peer = "a thread for each task (times faster)",
                .goal = Goal{Goal::kAtLeast, 10},
                .goal_of_ratio = true};
    Row fibers{.name = "cycle of a " + name,
               .unit = "us",
               .peer = "Boost.Fiber",
               .goal = Goal{Goal::kAtMost, 1},
               .goal_of_ratio = true};
    Samples thread_times, fiber_times, thread_ratios, fiber_ratios;
    for (int i = 0; i < settings.pairs; ++i) {
      const double ours = in_own_process([&] { return cycle_on_mort(graph, cycles); });
      const double on_fibers =
          in_own_process([&] { return benchmark_worker::cycle_on_fibers(graph, cycles).count(); });
      fibers.samples.push_back(ours);
      fiber_times.push_back(on_fibers);
      fiber_ratios.push_back(ours / on_fibers);
      if (graph.tasks == 1 || !settings.threads) continue;
      const double on_threads = in_own_process(
          [&] { return benchmark_worker::cycle_on_threads(graph, cycles / 20 + 10).count(); });
      threads.samples.push_back(ours);
      thread_times.push_back(on_threads);
      thread_ratios.push_back(on_threads / ours);
    }
    fibers.peer_value = quantile(fiber_times, 0.5);
    fibers.ratio = quantile(fiber_ratios, 0.5);
    rows.push_back(fibers);
    if (thread_times.empty()) continue;
    threads.peer_value = quantile(thread_times, 0.5);
    threads.ratio = quantile(thread_ratios, 0.5);
    rows.push_back(threads);
  }
}

}  // namespace
}  // namespace mort

int main(int argc, char** argv) {
  mort::Settings settings;
  CLI::App app("Benchmark of the hand-over inside a worker");
  app.add_option("--rows", settings.rows, "File for the rows, one JSON object a line")->required();
  app.add_option("--samples", settings.samples, "Folder for raw latencies");
  app.add_option("--pairs", settings.pairs, "Pairs (ours, peer) of each row");
  app.add_option("--only", settings.only,
                 "Only rows of one kind: same lane, other lane, or these words of a graph's name");
  app.add_option("--cycles", settings.cycles, "Cycles of each graph");
  app.add_flag("!--no-threads", settings.threads, "Without the rows against threads");
  app.add_option("--messages", settings.messages, "Messages of each run");
  CLI11_PARSE(app, argc, argv);
  std::vector<mort::benchmark_rows::Row> rows;
  if (settings.wants("same lane")) {
    std::fprintf(stderr, "  same lane\n");
    mort::same_lane(settings, rows);
  }
  if (settings.wants("other lane")) {
    std::fprintf(stderr, "  other lane\n");
    mort::other_lane(settings, rows);
  }
  std::fprintf(stderr, "  cycles\n");
  mort::cycles(settings, rows);
  return mort::benchmark_rows::write(settings.rows, rows) ? 0 : 1;
}
