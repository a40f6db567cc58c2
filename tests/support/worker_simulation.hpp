// Worker engines of several nodes on one simulated network, in one thread and in simulated time.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mort/bus/memory_bus.hpp"
#include "mort/message/message.hpp"
#include "mort/scheduler/lane.hpp"
#include "mort/task/task.hpp"
#include "mort/worker/worker.hpp"

namespace mort::simulation {

struct Number {
  int value = 0;
};

using Factory = TaskRegistration::Factory;

/// What the tasks of a test saw and did, by task name. Tasks are made by plain functions, so it is
/// global; every simulation begins with an empty one.
struct Observed {
  std::map<std::string, std::vector<int>> taken;
  std::map<std::string, int> published;
  std::map<std::string, int> unwound;
};
inline Observed& observed() {
  static Observed all;
  return all;
}

/// Counts the ends of a task's stack frame, however it ends.
struct FrameGuard {
  explicit FrameGuard(std::string task) : name(std::move(task)) {}
  ~FrameGuard() { ++observed().unwound[name]; }
  FrameGuard(const FrameGuard&) = delete;
  FrameGuard& operator=(const FrameGuard&) = delete;
  std::string name;
};

/// Publishes 1..`count` (parameter) as fast as it may.
class Source : public Task {
 public:
  explicit Source(const std::string& name, const std::string& topic) : topic_(topic) {
    RegTask(name);
    RegPub({topic});
  }
  void Run() override {
    const FrameGuard guard(registration().name);
    for (int i = 1; i <= IntParam("count"); ++i) {
      if (!Publish(topic_, Number{i})) return;
      ++observed().published[registration().name];
    }
  }

 private:
  const std::string topic_;
};

/// Publishes one number a period until the job is stopped.
class Ticking : public Task {
 public:
  explicit Ticking(const std::string& name, const std::string& topic) : topic_(topic) {
    RegTask(name);
    RegPub({topic});
  }
  void Run() override {
    const FrameGuard guard(registration().name);
    while (WaitTick()) {
      int& published = observed().published[registration().name];
      if (!Publish(topic_, Number{published + 1})) return;
      ++published;
    }
  }

 private:
  const std::string topic_;
};

/// Publishes each number that it takes, plus 1000.
class Relay : public Task {
 public:
  Relay(const std::string& name, const std::string& from, const std::string& to)
      : from_(from), to_(to) {
    RegTask(name);
    RegSub({from});
    RegPub({to});
  }
  void Run() override {
    while (const auto number = Take<Number>(from_)) {
      observed().taken[registration().name].push_back(number->value);
      if (!Publish(to_, Number{number->value + 1000})) return;
    }
  }

 private:
  const std::string from_;
  const std::string to_;
};

/// Takes everything.
class Sink : public Task {
 public:
  Sink(const std::string& name, const std::vector<std::string>& topics) {
    RegTask(name);
    RegSub(topics);
  }
  void Run() override {
    const FrameGuard guard(registration().name);
    while (WaitData()) {
      for (const std::string& topic : registration().sub) {
        while (const auto number = TryTake<Number>(topic))
          observed().taken[registration().name].push_back(number->value);
      }
    }
  }
};

/// Takes one sample a period.
class SlowSink : public Task {
 public:
  SlowSink(const std::string& name, const std::string& topic) : topic_(topic) {
    RegTask(name);
    RegSub({topic});
  }
  void Run() override {
    while (WaitTick()) {
      if (const auto number = TryTake<Number>(topic_))
        observed().taken[registration().name].push_back(number->value);
    }
  }

 private:
  const std::string topic_;
};

/// Gives constructors parameters, as the analyzer does and the worker.
class Parameters : public ConstructionHost {
 public:
  explicit Parameters(std::map<std::string, std::string> values) : values_(std::move(values)) {}
  std::string param(std::string_view name) const override { return values_.at(std::string(name)); }
  std::int64_t int_param(std::string_view name) const override { return std::stoll(param(name)); }
  void log(std::string_view) const override {}

 private:
  const std::map<std::string, std::string> values_;
};

/// The graph that the analyzer would have read from these tasks.
inline graph::Manifest manifest_of(const std::vector<Factory>& factories,
                                   const std::map<std::string, std::string>& params = {}) {
  Parameters host(params);
  const ConstructionScope scope(host);
  graph::Manifest manifest;
  manifest.job.name = "job";
  const std::string type = message_type<Number>().name;
  for (const Factory factory : factories) {
    const auto task = factory();
    graph::TaskDecl decl;
    decl.name = task->registration().name;
    for (const std::string& topic : task->registration().sub) decl.sub.push_back({topic, type, {}});
    for (const std::string& topic : task->registration().feedback) {
      for (graph::Port& port : decl.sub) port.feedback = port.feedback || port.topic == topic;
    }
    for (const std::string& topic : task->registration().pub) decl.pub.push_back({topic, type, {}});
    manifest.graph.tasks.push_back(std::move(decl));
  }
  std::sort(manifest.graph.tasks.begin(), manifest.graph.tasks.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  manifest.graph.types.structs[type] = {{{"value", "int32"}}};
  return manifest;
}

class WorkerSimulation : public testing::Test {
 public:
  using Kind = worker::Event::Kind;
  using Order = worker::Command::Kind;

  struct Node {
    Node(WorkerSimulation& simulation, const std::string& name, int lane_count)
        : bus(simulation.network_, name), control(simulation.clock_, name + "-control") {
      for (int i = 0; i < lane_count; ++i) {
        lanes.push_back(std::make_unique<scheduler::Lane>(simulation.clock_, name + "-lane"));
        lane_pointers.push_back(lanes.back().get());
      }
    }
    bus::MemoryBus bus;
    scheduler::Lane control;
    std::vector<std::unique_ptr<scheduler::Lane>> lanes;
    std::vector<scheduler::Lane*> lane_pointers;
    std::vector<worker::Event> events;
    std::unique_ptr<worker::Worker> worker;
  };

 protected:
  WorkerSimulation() { observed() = {}; }

  /// A job of these tasks, placed as said, with `block` on every topic.
  void job(std::vector<Factory> factories, std::map<std::string, std::string> assign,
           std::map<std::string, std::string> params = {}) {
    factories_ = std::move(factories);
    config_.job = "job-1";
    config_.epoch = 1;
    config_.manifest = manifest_of(factories_, params);
    config_.manifest.job.topic_defaults.history = graph::History::kKeepAll;
    config_.manifest.job.topic_defaults.block = true;
    config_.assign = std::move(assign);
    config_.params = std::move(params);
    config_.params["count"] = "100";
  }
  graph::TopicSettings& topics() { return config_.manifest.job.topic_defaults; }
  void period(const std::string& task, Nanoseconds period) {
    config_.manifest.job.tasks[task].period_ns = period.count();
  }

  Result<void> try_load(const std::string& name, int lanes = 1) {
    auto& node = nodes_[name];
    node = std::make_unique<Node>(*this, name, lanes);
    worker::Config config = config_;
    config.node = name;
    node->worker = std::make_unique<worker::Worker>(
        config, node->bus, node->control, node->lane_pointers,
        [&events = node->events](const worker::Event& event) { events.push_back(event); });
    return node->worker->load(factories_);
  }
  void load(const std::string& name, int lanes = 1) {
    const auto loaded = try_load(name, lanes);
    ASSERT_TRUE(loaded) << to_string(loaded.error());
  }
  void kill(const std::string& name) { nodes_.erase(name); }
  void send(worker::Command::Kind kind, const std::set<worker::Denial>& denied = {}) {
    for (const auto& [name, node] : nodes_) node->worker->command({kind, denied});
  }
  void start() { send(worker::Command::Kind::kStart); }

  void settle() {
    bool any = true;
    for (int turns = 0; any; ++turns) {
      ASSERT_LT(turns, 1'000'000) << "the lanes never come to rest";
      any = wire_.turn();
      for (const auto& [name, node] : nodes_) {
        any = node->control.turn() || any;
        for (const auto& lane : node->lanes) any = lane->turn() || any;
      }
    }
  }
  /// Lets simulated time go by, from timer to timer.
  void run(Nanoseconds time) {
    const Nanoseconds until = clock_.now() + time;
    while (true) {
      settle();
      Nanoseconds next = until;
      for (const auto& [name, node] : nodes_) {
        next = std::min(next, node->control.next_deadline().value_or(until));
        for (const auto& lane : node->lanes)
          next = std::min(next, lane->next_deadline().value_or(until));
      }
      if (clock_.now() >= until) return;
      clock_.advance(std::max(next - clock_.now(), Nanoseconds(1)));
    }
  }

  const std::vector<worker::Event>& events(const std::string& node) {
    return nodes_.at(node)->events;
  }
  int count(const std::string& node, Kind kind) {
    return static_cast<int>(
        std::count_if(events(node).begin(), events(node).end(),
                      [kind](const worker::Event& event) { return event.kind == kind; }));
  }
  /// The last state of a task, and its message.
  std::string state(const std::string& node, const std::string& task) {
    std::string text = "waiting";
    for (const auto& event : events(node)) {
      if (event.kind == Kind::kTask && event.task == task)
        text = event.state + (event.text.empty() ? "" : ": " + event.text);
    }
    return text;
  }
  /// The stats of kDone, or else the latest.
  worker::Stats stats(const std::string& node) {
    worker::Stats latest;
    for (const auto& event : events(node)) {
      if (event.kind == Kind::kStats || event.kind == Kind::kDone) latest = event.stats;
    }
    return latest;
  }
  worker::SubscribedStats subscribed(const std::string& node, const std::string& task) {
    for (const auto& one : stats(node).subscribed) {
      if (one.task == task) return one;
    }
    ADD_FAILURE() << "no stats of a subscription of " << task;
    return {};
  }
  worker::PublishedStats published(const std::string& node, const std::string& task) {
    for (const auto& one : stats(node).published) {
      if (one.task == task) return one;
    }
    ADD_FAILURE() << "no stats of a publication of " << task;
    return {};
  }

  ManualClock clock_;
  scheduler::Lane wire_{clock_, "wire"};
  bus::MemoryNetwork network_{
      clock_, [this](std::function<void()> action) { wire_.post(std::move(action)); }};
  worker::Config config_;
  std::vector<Factory> factories_;
  std::map<std::string, std::unique_ptr<Node>> nodes_;
};

/// 1..`last`, each plus `offset`.
inline std::vector<int> numbers(int last, int offset = 0) {
  std::vector<int> all;
  for (int i = 1; i <= last; ++i) all.push_back(i + offset);
  return all;
}

}  // namespace mort::simulation
