#include "support/threaded_worker.hpp"

#include <algorithm>
#include <thread>

namespace mort::threaded {
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

ThreadedWorker::ThreadedWorker(std::vector<Spec> specs, const std::string& type,
                               const graph::TopicSettings& topics, const Clock& clock)
    : specs_(std::move(specs)),
      clock_(clock),
      control_(clock, "control"),
      network_(clock, [this](std::function<void()> action) { control_.post(std::move(action)); }),
      bus_(network_, "here") {
  config_.job = "threaded";
  config_.node = "here";
  config_.manifest.job.name = "threaded";
  config_.manifest.job.topic_defaults = topics;
  config_.manifest.graph.types.structs[type] = {};
  int lane_count = 0;
  for (const Spec& spec : specs_) {
    graph::TaskDecl task;
    task.name = spec.name;
    for (const std::string& topic : spec.sub) task.sub.push_back({topic, type, {}});
    for (const std::string& topic : spec.pub) task.pub.push_back({topic, type, {}});
    config_.manifest.graph.tasks.push_back(std::move(task));
    if (!spec.queues.empty()) config_.manifest.job.tasks[spec.name].subscriptions = spec.queues;
    config_.assign[spec.name] = "here";
    config_.lanes[spec.name] = spec.lane;
    lane_count = std::max(lane_count, spec.lane + 1);
  }
  std::sort(config_.manifest.graph.tasks.begin(), config_.manifest.graph.tasks.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  for (int i = 0; i < lane_count; ++i)
    lanes_.push_back(std::make_unique<scheduler::Lane>(clock, "lane" + std::to_string(i)));
}

Result<void> ThreadedWorker::run() {
  std::vector<scheduler::Lane*> lanes;
  for (const auto& lane : lanes_) lanes.push_back(lane.get());
  engine_ = std::make_unique<worker::Worker>(config_, bus_, control_, lanes,
                                             [this](const worker::Event& event) { report(event); });
  being_made = &specs_;
  next_made = 0;
  const std::vector<TaskRegistration::Factory> factories(specs_.size(), &make_next);
  MORT_TRY_VOID(engine_->load(factories));
  {
    std::vector<std::jthread> threads;
    for (const auto& lane : lanes_) threads.emplace_back([&lane] { lane->run(); });
    control_.run();
    for (const auto& lane : lanes_) lane->stop();
  }
  engine_.reset();
  return {};
}

void ThreadedWorker::send(worker::Command command) {
  control_.post([this, command = std::move(command)] { engine_->command(command); });
}

void ThreadedWorker::report(const worker::Event& event) {
  switch (event.kind) {
    case worker::Event::Kind::kReady:
      send({worker::Command::Kind::kStart, {}});
      break;
    case worker::Event::Kind::kTask:
      states_[event.task] = event.state + (event.text.empty() ? "" : ": " + event.text);
      break;
    case worker::Event::Kind::kDone:
      stats_ = event.stats;
      if (on_done) on_done();
      control_.stop();
      break;
    default:
      break;
  }
}

}  // namespace mort::threaded
