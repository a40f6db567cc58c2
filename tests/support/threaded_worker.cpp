#include "graph_worker.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace mort::benchmark_worker {
namespace {

/// Factories are plain functions: each call makes the task of the next spec.
const std::vector<Spec>* being_made = nullptr;
std::size_t next_made = 0;

std::unique_ptr<Task> make_next() {
  return std::make_unique<SpecTask>((*being_made)[next_made++ % being_made->size()]);
}

}  // namespace

SpecTask::SpecTask(const Spec& spec) : spec_(spec) {
  RegTask(spec.name);
  RegSub(spec.sub);
  RegPub(spec.pub);
}

void SpecTask::Run() {
  spec_.body(*this);
}

void run_worker(const std::vector<Spec>& specs, const std::string& type,
                const graph::TopicSettings& topics) {
  worker::Config config;
  config.job = "benchmark";
  config.node = "here";
  config.manifest.job.name = "benchmark";
  config.manifest.job.topic_defaults = topics;
  config.manifest.graph.types.structs[type] = {};
  int lane_count = 0;
  for (const Spec& spec : specs) {
    graph::TaskDecl task;
    task.name = spec.name;
    for (const std::string& topic : spec.sub) task.sub.push_back({topic, type, {}});
    for (const std::string& topic : spec.pub) task.pub.push_back({topic, type, {}});
    config.manifest.graph.tasks.push_back(std::move(task));
    config.assign[spec.name] = "here";
    config.lanes[spec.name] = spec.lane;
    lane_count = std::max(lane_count, spec.lane + 1);
  }
  std::sort(config.manifest.graph.tasks.begin(), config.manifest.graph.tasks.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });

  const SystemClock clock;
  scheduler::Lane control(clock, "control");
  bus::MemoryNetwork network(
      clock, [&control](std::function<void()> action) { control.post(std::move(action)); });
  bus::MemoryBus bus(network, "here");
  std::vector<std::unique_ptr<scheduler::Lane>> lanes;
  std::vector<scheduler::Lane*> pointers;
  for (int i = 0; i < lane_count; ++i) {
    lanes.push_back(std::make_unique<scheduler::Lane>(clock, "lane" + std::to_string(i)));
    pointers.push_back(lanes.back().get());
  }
  worker::Worker* engine = nullptr;
  const auto report = [&](const worker::Event& event) {
    if (event.kind == worker::Event::Kind::kReady) {
      control.post([&] { engine->command({worker::Command::Kind::kStart, {}}); });
    }
    if (event.kind == worker::Event::Kind::kTask && event.state == "failed") {
      std::fprintf(stderr, "task %s: %s\n", event.task.c_str(), event.text.c_str());
      std::exit(1);
    }
    if (event.kind == worker::Event::Kind::kDone) control.stop();
  };
  worker::Worker worker(config, bus, control, pointers, report);
  engine = &worker;
  being_made = &specs;
  next_made = 0;
  const std::vector<TaskRegistration::Factory> factories(specs.size(), &make_next);
  if (const auto loaded = worker.load(factories); !loaded) {
    std::fprintf(stderr, "%s\n", to_string(loaded.error()).c_str());
    std::exit(1);
  }
  std::vector<std::jthread> threads;
  for (auto& lane : lanes) threads.emplace_back([&lane] { lane->run(); });
  control.run();
  for (auto& lane : lanes) lane->stop();
}

}  // namespace mort::benchmark_worker
