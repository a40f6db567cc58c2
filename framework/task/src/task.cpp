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

}  // namespace

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
