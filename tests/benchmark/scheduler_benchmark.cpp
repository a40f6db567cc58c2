// Cost of the scheduler's parts: switching, waking another lane, periods, memory. Peers: bare
// Boost.Context and a bare futex, measured in turn with ours in the same run.
#include <time.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <boost/context/fiber.hpp>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "mort/scheduler/doorbell.hpp"
#include "mort/scheduler/lane.hpp"
#include "mort/scheduler/spsc_ring.hpp"
#include "rows.hpp"

namespace mort {
namespace {

using benchmark_rows::Goal;
using benchmark_rows::Row;
using scheduler::Lane;
using scheduler::LaneOptions;
using scheduler::LaneTask;
using Samples = std::vector<double>;

struct Settings {
  std::string rows;
  std::string samples;  ///< folder for latencies; empty: none
  int pairs = 9;
  int seconds = 60;
};

const SystemClock kClock;

double median(const Samples& samples) {
  return benchmark_rows::value_of({.samples = samples});
}

constexpr int kSwitches = 4'000'000;

/// Nanoseconds for each of the switches that `run` makes.
template <class Run>
double switch_cost(const Run& run) {
  const Nanoseconds begin = kClock.now();
  run();
  return static_cast<double>((kClock.now() - begin).count()) / kSwitches;
}

/// `tasks` tasks that suspend again and again, each resumed once a turn.
double switch_tasks(int tasks, bool accounting) {
  Lane lane(kClock, LaneOptions{.name = "switch", .accounting = accounting});
  std::vector<LaneTask*> all(static_cast<std::size_t>(tasks));
  const int rounds = kSwitches / tasks;
  for (LaneTask*& task : all) {
    task = *lane.spawn({.name = "switching", .stack_bytes = 64 * 1024}, [&, rounds] {
      LaneTask* const self = task;
      for (int i = 0; i < rounds; ++i) {
        self->wake();
        self->wait();
      }
      if (task == all.back()) lane.stop();
    });
  }
  return switch_cost([&lane] { lane.run(); });
}

double switch_fibers(int tasks) {
  using boost::context::fiber;
  std::vector<fiber> all;
  for (int i = 0; i < tasks; ++i) {
    all.emplace_back([](fiber&& outer) {
      while (true) outer = std::move(outer).resume();
      return std::move(outer);
    });
  }
  const int rounds = kSwitches / tasks;
  return switch_cost([&all, rounds] {
    for (int i = 0; i < rounds; ++i) {
      for (fiber& one : all) one = std::move(one).resume();
    }
  });
}

void measure_switch(const Settings& settings, std::vector<Row>& rows) {
  for (const int tasks : {1, 2, 64}) {
    Samples ours;
    Samples theirs;
    Samples counted;
    for (int pair = 0; pair < settings.pairs; ++pair) {
      ours.push_back(switch_tasks(tasks, false));
      theirs.push_back(switch_fibers(tasks));
      counted.push_back(switch_tasks(tasks, true));
    }
    const std::string of =
        tasks == 1 ? " of a task alone" : " of " + std::to_string(tasks) + " tasks in turn";
    Row row{.name = "suspend + resume" + of + ", accounting off",
            .unit = "ns",
            .samples = ours,
            .peer = "boost::context::fiber",
            .peer_value = median(theirs)};
    row.ratio = median(ours) / median(theirs);
    rows.push_back(row);
    rows.push_back({.name = "the same: ratio to the fiber",
                    .unit = "of the peer",
                    .samples = {},
                    .goal = Goal{Goal::kAtMost, 1.5}});
    for (std::size_t i = 0; i < ours.size(); ++i)
      rows.back().samples.push_back(ours[i] / theirs[i]);
    rows.push_back({.name = "suspend + resume" + of + ", accounting on",
                    .unit = "ns",
                    .samples = counted,
                    .peer = "boost::context::fiber",
                    .peer_value = median(theirs)});
  }
}

constexpr int kWakes = 2000;
/// Longer than a thread needs to fall asleep; the same for both.
constexpr auto kIdle = std::chrono::microseconds(200);

/// In microseconds.
struct Distribution {
  explicit Distribution(Samples microseconds) : samples(std::move(microseconds)) {
    std::sort(samples.begin(), samples.end());
    p50 = samples[samples.size() / 2];
    p99 = samples[samples.size() * 99 / 100];
  }
  Samples samples;
  double p50;
  double p99;
};

/// From before `wake` until the other thread has stored the time at which it was awake.
template <class Wake>
Distribution wake_latency(std::atomic<Nanoseconds::rep>& awake, const Wake& wake) {
  Samples samples;
  for (int i = 0; i < kWakes; ++i) {
    std::this_thread::sleep_for(kIdle);
    awake = 0;
    const Nanoseconds begin = kClock.now();
    wake();
    while (awake.load(std::memory_order_acquire) == 0) std::this_thread::yield();
    samples.push_back(static_cast<double>(awake - begin.count()) / 1000);
  }
  return Distribution(std::move(samples));
}

Distribution wake_task() {
  Lane lane(kClock, "woken");
  scheduler::SpscRing<int> ring(64);
  std::atomic<Nanoseconds::rep> awake{0};
  LaneTask* task = nullptr;
  task = *lane.spawn({.name = "woken"}, [&] {
    while (true) {
      if (ring.pop()) awake.store(kClock.now().count(), std::memory_order_release);
      task->wait();
    }
  });
  scheduler::Doorbell bell(lane, [&] { task->wake(); });
  std::thread thread([&] { lane.run(); });
  const Distribution result = wake_latency(awake, [&] {
    ring.push(1);
    bell.ring();
  });
  lane.stop();
  thread.join();
  return result;
}

Distribution wake_futex() {
  std::atomic<std::uint32_t> word{0};
  std::atomic<Nanoseconds::rep> awake{0};
  std::thread thread([&] {
    while (true) {
      while (word.load() == 0) scheduler::StdAtomics::wait(word, 0, std::nullopt);
      if (word.exchange(0) == 2) return;
      awake.store(kClock.now().count(), std::memory_order_release);
    }
  });
  const auto wake = [&word](std::uint32_t value) {
    word = value;
    scheduler::StdAtomics::wake(word);
  };
  const Distribution result = wake_latency(awake, [&] { wake(1); });
  wake(2);
  thread.join();
  return result;
}

void measure_wake(const Settings& settings, std::vector<Row>& rows) {
  Samples ours50, ours99, theirs50, theirs99, ratios50, ratios99;
  for (int pair = 0; pair < settings.pairs; ++pair) {
    const Distribution ours = wake_task();
    const Distribution theirs = wake_futex();
    if (pair == 0) {
      benchmark_rows::keep(settings.samples, "wake of a sleeping lane", "mort", ours.samples);
      benchmark_rows::keep(settings.samples, "wake of a sleeping lane", "futex", theirs.samples);
    }
    ours50.push_back(ours.p50);
    ours99.push_back(ours.p99);
    theirs50.push_back(theirs.p50);
    theirs99.push_back(theirs.p99);
    ratios50.push_back(ours.p50 / theirs.p50);
    ratios99.push_back(ours.p99 / theirs.p99);
  }
  const std::string peer = "futex wake between two threads";
  rows.push_back({.name = "wake of a task on a sleeping lane by ring and doorbell, p50",
                  .unit = "us",
                  .samples = ours50,
                  .peer = peer,
                  .peer_value = median(theirs50)});
  rows.push_back({.name = "the same: ratio to the futex",
                  .unit = "of the peer",
                  .samples = ratios50,
                  .goal = Goal{Goal::kAtMost, 1.2}});
  rows.push_back({.name = "wake of a task on a sleeping lane by ring and doorbell, p99",
                  .unit = "us",
                  .samples = ours99,
                  .peer = peer,
                  .peer_value = median(theirs99)});
}

/// How long the calling thread was ready to run while the kernel ran others.
Nanoseconds time_on_run_queue() {
  std::ifstream schedstat("/proc/thread-self/schedstat");
  Nanoseconds::rep on_cpu = 0;
  Nanoseconds::rep waiting = 0;
  schedstat >> on_cpu >> waiting;
  return Nanoseconds(waiting);
}

constexpr int kTasks = 10'000;
constexpr auto kPeriod = std::chrono::milliseconds(100);

/// `spread`: due at 10 000 instants of the period, or all at the same.
void measure_periods(int seconds, bool spread, std::vector<Row>& rows) {
  Lane lane(kClock, "periodic");
  const Nanoseconds start = kClock.now() + std::chrono::seconds(1);
  std::vector<LaneTask*> tasks(kTasks);
  std::vector<std::unique_ptr<scheduler::Ticker>> tickers;
  for (int i = 0; i < kTasks; ++i) {
    tickers.push_back(std::make_unique<scheduler::Ticker>(
        kPeriod, start + (spread ? kPeriod * i / kTasks : Nanoseconds(0))));
    auto spawned =
        lane.spawn({.name = "periodic", .order = i, .stack_bytes = 16 * 1024},
                   [&task = tasks[static_cast<std::size_t>(i)], &ticker = *tickers.back()] {
                     while (true) task->wait_tick(ticker);
                   });
    tasks[static_cast<std::size_t>(i)] = *spawned;
  }
  Nanoseconds cpu{0};
  Nanoseconds kept_waiting{0};
  lane.at(start + std::chrono::seconds(seconds), [&] {
    cpu = kClock.thread_cpu();
    kept_waiting = time_on_run_queue();
    lane.stop();
  });
  std::thread thread([&] { lane.run(); });
  thread.join();
  std::uint64_t ticks = 0;
  std::uint64_t missed = 0;
  scheduler::DelayStats lateness;
  for (const auto& ticker : tickers) {
    ticks += ticker->ticks();
    missed += ticker->missed();
    lateness.merge(ticker->lateness());
  }
  const std::string what = std::string("10 000 tasks at 10 Hz in a lane, ") +
                           (spread ? "spread over the period" : "all due at once") + ", " +
                           std::to_string(seconds) + " s: ";
  const auto row = [&](const std::string& name, const std::string& unit, double value) {
    rows.push_back({.name = what + name, .unit = unit, .samples = {value}});
  };
  const auto us = [](Nanoseconds time) { return static_cast<double>(time.count()) / 1000; };
  row("missed periods", "", static_cast<double>(missed));
  rows.back().goal = Goal{Goal::kAtMost, 0};
  row("ticks", "", static_cast<double>(ticks));
  row("CPU of its thread", "% of a core", us(cpu) / 1e4 / seconds);
  row("time that others held its core", "% of the time", us(kept_waiting) / 1e4 / seconds);
  row("lateness p50", "us", us(lateness.quantile(0.5)));
  row("lateness p99", "us", us(lateness.quantile(0.99)));
  row("lateness max", "us", us(lateness.max()));
}

double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  double pages = 0;
  statm >> pages >> pages;
  return pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

void measure_memory(std::vector<Row>& rows) {
  Lane lane(kClock, "memory");
  std::vector<LaneTask*> tasks(kTasks);
  const double before = resident_bytes();
  for (LaneTask*& task : tasks) {
    task = *lane.spawn({.name = "waiting"}, [&task] {
      while (true) task->wait();
    });
  }
  lane.turn();
  rows.push_back({.name = "resident memory of a waiting task, of 10 000",
                  .unit = "bytes",
                  .samples = {(resident_bytes() - before) / kTasks}});
}

int measure(const Settings& settings) {
  std::vector<Row> rows;
  measure_memory(rows);  // first: later, freed memory would be used again
  measure_switch(settings, rows);
  measure_wake(settings, rows);
  measure_periods(settings.seconds, false, rows);
  measure_periods(std::min(settings.seconds, 10), true, rows);
  if (!benchmark_rows::write(settings.rows, rows)) {
    std::fprintf(stderr, "scheduler_benchmark: %s cannot be written\n", settings.rows.c_str());
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace mort

int main(int argc, char** argv) {
  mort::Settings settings;
  CLI::App app("Cost of the scheduler's parts, one JSON line for each row.");
  app.add_option("--rows", settings.rows, "File to write")->required();
  app.add_option("--samples", settings.samples, "Folder for latencies");
  app.add_option("--pairs", settings.pairs, "Measurements of ours and of the peer, in turn")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_option("--seconds", settings.seconds, "How long the periodic tasks run")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  return mort::measure(settings);
}
