// Agent cores of a whole fleet on one simulated network, in one thread and in simulated time, with
// workers that do what the test says.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "mort/agent/core.hpp"
#include "mort/base/sha256.hpp"
#include "mort/bus/memory_bus.hpp"
#include "support/temp_dir.hpp"

namespace mort::simulation {

using nlohmann::json;

/// One worker that an agent has started.
struct FakeWorker {
  worker::Config config;
  agent::WorkerCallbacks callbacks;
  Nanoseconds launched_at{0};
  bool alive = true;
  std::vector<worker::Command> commands;

  int received(worker::Command::Kind kind) const {
    return static_cast<int>(std::count_if(commands.begin(), commands.end(),
                                          [kind](const auto& c) { return c.kind == kind; }));
  }
  void emit(worker::Event event) const {
    if (!alive) return;
    const auto on_event = callbacks.on_event;  // the worker may be destroyed by what it says
    on_event(event);
  }
  void emit(worker::Event::Kind kind, const std::string& text = {}) const {
    emit({kind, {}, {}, {}, text, {}});
  }
  void task(const std::string& name, const std::string& state, const std::string& text = {}) const {
    emit({worker::Event::Kind::kTask, name, {}, state, text, {}});
  }
  void exit(const std::string& how) const {
    if (!alive) return;
    const auto on_exit = callbacks.on_exit;
    on_exit(how);
  }
};

class FakeLauncher : public agent::Launcher {
 public:
  FakeLauncher(std::string node, const Clock& clock, std::string& trace)
      : node_(std::move(node)), clock_(clock), trace_(trace) {}

  Result<std::unique_ptr<agent::WorkerProcess>> launch(const worker::Config& config,
                                                       agent::WorkerCallbacks callbacks) override {
    if (refuses) return fail(ErrorCode::kFailed, "no memory for a process");
    trace("launches", worker::to_json(config));
    // Shared by the test and the process object.
    auto worker = std::make_shared<FakeWorker>(
        FakeWorker{config, std::move(callbacks), clock_.now(), true, {}});
    workers.push_back(worker);
    return std::make_unique<Process>(*this, std::move(worker));
  }

  bool refuses = false;
  std::vector<std::shared_ptr<FakeWorker>> workers;  ///< all that were ever started

 private:
  class Process : public agent::WorkerProcess {
   public:
    Process(FakeLauncher& launcher, std::shared_ptr<FakeWorker> worker)
        : launcher_(launcher), worker_(std::move(worker)) {}
    ~Process() override {
      worker_->alive = false;
      launcher_.trace("ends", worker_->config.job);
    }
    void send(const worker::Command& command) override {
      launcher_.trace("sends", to_json(command));
      worker_->commands.push_back(command);
    }

   private:
    FakeLauncher& launcher_;
    std::shared_ptr<FakeWorker> worker_;
  };
  void trace(const std::string& what, const std::string& detail) {
    trace_ += std::to_string(clock_.now().count()) + " " + node_ + " " + what + " " + detail + "\n";
  }

  const std::string node_;
  const Clock& clock_;
  std::string& trace_;
};

/// A job of tasks that form a chain over topics, each pinned to a node.
struct JobMaker {
  explicit JobMaker(const std::string& name) {
    manifest.job.name = name;
    manifest.job.file = "job.yaml";
    manifest.graph.types.structs["demo::Piece"] = {{{"number", "int64"}}};
  }
  JobMaker& task(const std::string& name, const std::string& node,
                 const std::vector<std::string>& sub, const std::vector<std::string>& pub,
                 std::int64_t cpu_millis = 1000) {
    graph::TaskDecl decl;
    decl.name = name;
    for (const auto& topic : sub) decl.sub.push_back({topic, "demo::Piece", {"tasks.cpp", 3, 5}});
    for (const auto& topic : pub) decl.pub.push_back({topic, "demo::Piece", {"tasks.cpp", 4, 5}});
    manifest.graph.tasks.push_back(decl);
    std::sort(manifest.graph.tasks.begin(), manifest.graph.tasks.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    auto& settings = manifest.job.tasks[name];
    settings.cpu_millis = cpu_millis;
    if (!node.empty()) settings.node = node;
    return *this;
  }
  /// Publishers wait for readers: no sample may be lost.
  JobMaker& block() {
    manifest.job.topic_defaults.history = graph::History::kKeepAll;
    manifest.job.topic_defaults.block = true;
    return *this;
  }
  JobMaker& restart_job() {
    manifest.job.on_crash = graph::OnCrash::kRestartJob;
    return *this;
  }
  graph::Manifest manifest;
};

/// A planner that depends on no clock.
inline offload::Options gbto() {
  return *agent::plan_options({{"algorithm", "gbto"}});
}

class AgentSimulation : public testing::Test {
 public:
  using Kind = worker::Event::Kind;
  using Order = worker::Command::Kind;

 protected:
  /// What stays when an agent is restarted.
  struct Machine {
    explicit Machine(AgentSimulation& simulation, const std::string& name)
        : folder(simulation.folder_.file(name)),
          launcher(name, simulation.clock_, simulation.trace_) {}
    std::string folder;
    std::unique_ptr<store::Store> store = store::make_memory_store();
    FakeLauncher launcher;
    std::int64_t cpu_millis = 8000;
    bool takes_tasks = true;
    std::optional<std::int64_t> memory;
    std::optional<std::int64_t> free_memory;
    std::map<std::string, std::string> labels;
    std::uint64_t boots = 0;
  };
  /// What an agent's process holds. Its lane is its own, so that it can end while the others go on.
  struct Agent {
    Agent(AgentSimulation& simulation, const std::string& name, Machine& machine)
        : lane(simulation.clock_, name), bus(simulation.network_, name), artifacts(machine.folder) {
      agent::CoreOptions options;
      options.node = name;
      options.boot = ++machine.boots;
      options.author = name + "." + std::to_string(options.boot);
      options.arch = "x86_64";
      options.cpu_millis = machine.cpu_millis;
      options.labels = machine.labels;
      options.takes_tasks = machine.takes_tasks;
      options.memory = machine.memory;
      options.free_memory = [&machine] { return machine.free_memory; };
      options.admin = "root";
      core = std::make_unique<agent::AgentCore>(options, lane, bus, *machine.store, artifacts,
                                                machine.launcher);
    }
    ~Agent() {
      lane.close();
      core->close();
    }
    scheduler::Lane lane;
    bus::MemoryBus bus;
    agent::ArtifactStore artifacts;
    std::unique_ptr<agent::AgentCore> core;
  };

  Machine& machine(const std::string& node) {
    auto& slot = machines_[node];
    if (!slot) slot = std::make_unique<Machine>(*this, node);
    return *slot;
  }
  void start_agent(const std::string& node) {
    auto& slot = agents_[node];
    slot = std::make_unique<Agent>(*this, node, machine(node));
    ASSERT_TRUE(slot->artifacts.open());
    const auto opened = slot->core->open();
    ASSERT_TRUE(opened) << to_string(opened.error());
  }
  void end_agent(const std::string& node) { agents_.erase(node); }
  void fleet(const std::vector<std::string>& nodes) {
    for (const std::string& node : nodes) start_agent(node);
    run(std::chrono::seconds(2));
  }
  agent::AgentCore& core(const std::string& node) { return *agents_.at(node)->core; }

  void settle() {
    bool any = true;
    for (int turns = 0; any; ++turns) {
      ASSERT_LT(turns, 100'000) << "the lanes never come to rest";
      any = wire_.turn();
      for (const auto& [name, agent] : agents_) any = agent->lane.turn() || any;
    }
  }
  void run(Nanoseconds time) {
    const Nanoseconds until = clock_.now() + time;
    while (true) {
      settle();
      if (clock_.now() >= until) return;
      Nanoseconds next = until;
      for (const auto& [name, agent] : agents_)
        next = std::min(next, agent->lane.next_deadline().value_or(until));
      clock_.advance(std::max(next - clock_.now(), Nanoseconds(1)));
    }
  }

  /// Puts content into a node's artifact folder, as an upload does, and describes it.
  graph::Artifact upload(const std::string& node, const std::string& content,
                         const std::string& kind, const std::string& name) {
    const std::string file = agents_.at(node)->artifacts.temporary_path();
    std::ofstream(file, std::ios::binary) << content;
    auto artifact = graph::describe_artifact(file, kind, name);
    EXPECT_TRUE(artifact);
    EXPECT_TRUE(agents_.at(node)->artifacts.adopt(file, artifact->sha256));
    return *artifact;
  }
  /// Uploads a library with the job and submits it; gives the job's id.
  Result<std::string> try_submit(const std::string& node, JobMaker job, bool follow = false,
                                 const std::string& user = "ann") {
    if (job.manifest.artifacts.empty())
      job.manifest.artifacts = {upload(node, library_, "library", "x86_64")};
    auto answer = core(node).submit({graph::to_json(job.manifest), user, follow, gbto()});
    if (!answer) return tl::unexpected<Error>(answer.error());
    EXPECT_FALSE(json::parse(answer->plan).empty());
    return answer->job;
  }
  std::string submit(const std::string& node, const JobMaker& job, bool follow = false) {
    auto id = try_submit(node, job, follow);
    EXPECT_TRUE(id) << to_string(id.error());
    run(std::chrono::seconds(1));
    return id ? *id : "";
  }

  /// All workers of a job that a node has started so far.
  std::vector<std::shared_ptr<FakeWorker>> workers(const std::string& node,
                                                   const std::string& job) {
    std::vector<std::shared_ptr<FakeWorker>> list;
    for (const auto& worker : machine(node).launcher.workers) {
      if (worker->config.job == job) list.push_back(worker);
    }
    return list;
  }
  std::shared_ptr<FakeWorker> worker_of(const std::string& node, const std::string& job) {
    const auto list = workers(node, job);
    EXPECT_FALSE(list.empty()) << node << " has started no worker of " << job;
    return list.empty() ? std::make_shared<FakeWorker>(FakeWorker{{}, {}, {}, false, {}})
                        : list.back();
  }
  void emit(const std::vector<std::string>& nodes, const std::string& job, Kind kind) {
    for (const std::string& node : nodes) worker_of(node, job)->emit(kind);
    settle();
  }
  /// From launched to running.
  void bring_up(const std::vector<std::string>& nodes, const std::string& job) {
    emit(nodes, job, Kind::kReady);
    for (const std::string& node : nodes)
      EXPECT_EQ(worker_of(node, job)->received(Order::kStart), 1) << node;
  }

  json job_row(const std::string& job, const std::string& seen_from) {
    for (const json& row : json::parse(core(seen_from).jobs_json())) {
      if (row["job"] == job) return row;
    }
    return {{"state", "unknown"}, {"reason", ""}, {"epoch", 0}};
  }
  std::string state(const std::string& job, const std::string& seen_from = "a") {
    return job_row(job, seen_from)["state"];
  }
  std::string reason(const std::string& job, const std::string& seen_from = "a") {
    return job_row(job, seen_from)["reason"];
  }
  /// The log of a job as one text.
  std::string log_of(const std::string& job, const std::string& seen_from = "a") {
    std::string text;
    const auto logs = core(seen_from).logs_json(job, 0);
    EXPECT_TRUE(logs);
    if (!logs) return text;
    const json document = json::parse(*logs);
    for (const json& line : document["lines"]) {
      text += line["node"].get<std::string>() + " " + line["task"].get<std::string>() + ": " +
              line["text"].get<std::string>() + "\n";
    }
    return text;
  }

  ManualClock clock_;
  TempDir folder_;
  std::string trace_;
  std::string library_ = "the task library";
  scheduler::Lane wire_{clock_, "wire"};
  bus::MemoryNetwork network_{
      clock_, [this](std::function<void()> action) { wire_.post(std::move(action)); }};
  std::map<std::string, std::unique_ptr<Machine>> machines_;
  std::map<std::string, std::unique_ptr<Agent>> agents_;
};

}  // namespace mort::simulation
