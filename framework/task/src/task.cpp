#include "mort/task/task.hpp"

#include <stdexcept>

namespace mort {
namespace {

/// Filled while libraries are loaded, by static initialisers: the one place where a global is
/// unavoidable.
std::vector<TaskRegistration::Factory>& factories() {
  static std::vector<TaskRegistration::Factory> list;
  return list;
}

thread_local ConstructionHost* construction_host = nullptr;

[[noreturn]] void refuse_in_constructor(const char* call) {
  throw std::logic_error(std::string(call) +
                         " is called in a constructor, before the job runs; call it in Run()");
}

}  // namespace

std::shared_ptr<const void> ConstructionHost::take(std::string_view, const MessageType&,
                                                   bool wait) {
  refuse_in_constructor(wait ? "Take" : "TryTake");
}
bool ConstructionHost::publish(std::string_view, const MessageType&, std::shared_ptr<const void>) {
  refuse_in_constructor("Publish");
}
bool ConstructionHost::wait_data() {
  refuse_in_constructor("WaitData");
}
WaitResult ConstructionHost::wait_for(WaitFor what, std::span<const std::string_view>,
                                      std::optional<std::chrono::nanoseconds>) {
  refuse_in_constructor(what == WaitFor::kAny   ? "WaitAny"
                        : what == WaitFor::kAll ? "WaitAll"
                                                : "WaitSameTick");
}
bool ConstructionHost::wait_tick() {
  refuse_in_constructor("WaitTick");
}
void ConstructionHost::sleep(std::chrono::nanoseconds) {
  refuse_in_constructor("Sleep");
}
bool ConstructionHost::ended(std::string_view) const {
  refuse_in_constructor("Ended");
}
void ConstructionHost::finish() {
  refuse_in_constructor("Finish");
}

ConstructionScope::ConstructionScope(ConstructionHost& host)
    : outer_(std::exchange(construction_host, &host)) {}
ConstructionScope::~ConstructionScope() {
  construction_host = outer_;
}

TaskHost& Task::host_for(const char* call) const {
  if (host_ != nullptr) return *host_;
  if (construction_host != nullptr) return *construction_host;
  throw std::logic_error(
      std::string(call) + " is called on a task that no worker runs: " +
      (registration_.name.empty() ? "it has no name yet" : "\"" + registration_.name + "\"") +
      "; tests give it a host with set_host() or a ConstructionScope");
}

void Task::RegTask(std::string_view name, const TaskOptions& options) {
  if (!registration_.name.empty()) {
    throw std::logic_error("RegTask is called twice: \"" + registration_.name + "\" and \"" +
                           std::string(name) + "\"");
  }
  registration_.name = name;
  registration_.cpu = options.cpu;
  registration_.period = options.period;
  registration_.stack_bytes = options.stack_bytes;
}

void Task::RegSub(const std::vector<std::string>& topics) {
  registration_.sub.insert(registration_.sub.end(), topics.begin(), topics.end());
}

void Task::RegFeedback(const std::vector<std::string>& topics) {
  RegSub(topics);
  registration_.feedback.insert(registration_.feedback.end(), topics.begin(), topics.end());
}

void Task::RegPub(const std::vector<std::string>& topics) {
  registration_.pub.insert(registration_.pub.end(), topics.begin(), topics.end());
}

TaskRegistration::TaskRegistration(Factory factory) {
  factories().push_back(factory);
}

const std::vector<TaskRegistration::Factory>& task_factories() {
  return factories();
}

}  // namespace mort
