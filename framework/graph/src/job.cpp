// What follows from a job description once it is read.
#include "mort/graph/job.hpp"

#include <algorithm>
#include <filesystem>

#include "mort/graph/limits.hpp"
#include "names.hpp"

namespace mort::graph {
namespace {

bool is_set(const Param& param) {
  return !param.value.empty() && param.value != "0" && param.value != "false";
}

constexpr const char* kWhere = "--set";

}  // namespace

OnCrash Job::effective_on_crash() const {
  std::optional<OnCrash> found;
  for (const auto& [param, then] : when_on_crash) {
    const auto at = params.find(param);
    if (at == params.end() || !is_set(at->second)) continue;
    // Where several apply, the one that restarts more is the safe one.
    if (!found || then == OnCrash::kRestartJob) found = then;
  }
  return found.value_or(on_crash);
}

const TopicSettings& Job::topic(const std::string& topic_name) const {
  const auto at = topics.find(topic_name);
  return at == topics.end() ? topic_defaults : at->second;
}

QueueSettings Job::queue(const std::string& task, const std::string& topic_name,
                         bool feedback) const {
  if (const auto at = tasks.find(task); at != tasks.end()) {
    const auto queue = at->second.subscriptions.find(topic_name);
    if (queue != at->second.subscriptions.end()) return queue->second;
  }
  QueueSettings settings = topic(topic_name);
  if (feedback) settings = {History::kKeepLast, settings.depth, false};
  return settings;
}

Result<void> set_param(Job& job, std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string_view::npos) {
    return fail(ErrorCode::kInvalid, "no '=' in " + in_quotes(assignment), kWhere,
                "write NAME=VALUE");
  }
  const std::string name(assignment.substr(0, equals));
  std::string value(assignment.substr(equals + 1));
  const auto at = job.params.find(name);
  if (at == job.params.end()) {
    std::vector<std::string> known;
    for (const auto& [param, unused] : job.params) known.push_back(param);
    return fail(ErrorCode::kInvalid, "the job has no parameter " + in_quotes(name), kWhere,
                cure_for_unknown(name, "parameters", known));
  }
  if (value.size() > kMaxText || value.find('\0') != std::string::npos) {
    return fail(ErrorCode::kInvalid,
                "the value of " + in_quotes(name) + " is too long or holds a NUL", kWhere,
                "put long values into a file");
  }
  if (at->second.file) {
    std::error_code error;
    const auto path = std::filesystem::absolute(value, error).lexically_normal();
    if (value.empty() || error || !std::filesystem::is_regular_file(path, error)) {
      return fail(ErrorCode::kInvalid, in_quotes(value) + " is no file", kWhere,
                  "paths are relative to the working directory");
    }
    value = path.string();
  }
  at->second.value = std::move(value);
  return {};
}

std::vector<Diagnostic> check(const Job& job, const TaskGraph& graph) {
  std::vector<Diagnostic> found;
  std::vector<std::string> tasks;
  for (const TaskDecl& task : graph.tasks) tasks.push_back(task.name);
  for (const auto& [task, settings] : job.tasks) {
    const TaskDecl* decl = graph.find(task);
    if (decl == nullptr) {
      found.push_back({"error",
                       "unknown-task",
                       "the sources register no task " + in_quotes(task),
                       settings.place,
                       {cure_for_unknown(task, "tasks", tasks)}});
      continue;
    }
    std::vector<std::string> subscribed;
    for (const Port& port : decl->sub) subscribed.push_back(port.topic);
    std::vector<std::string> named = settings.feedback;
    for (const auto& [topic, queue] : settings.subscriptions) named.push_back(topic);
    for (const std::string& topic : named) {
      if (std::find(subscribed.begin(), subscribed.end(), topic) != subscribed.end()) continue;
      found.push_back({"error",
                       "unknown-subscription",
                       "task " + in_quotes(task) + " does not subscribe to " + in_quotes(topic),
                       settings.place,
                       {cure_for_unknown(topic, "topics of its RegSub", subscribed)}});
    }
  }
  for (const auto& [name, value] : graph.params) {
    const auto at = job.params.find(name);
    if (at == job.params.end() || at->second.file) {
      found.push_back({"error",
                       "stale-parameter",
                       "the task graph was read with " + name + "=" + in_quotes(value) +
                           ", but the job has no such parameter",
                       at == job.params.end() ? Place{} : at->second.place,
                       {"build the job anew"}});
    } else if (at->second.value != value) {
      found.push_back({"error",
                       "stale-parameter",
                       "the task graph was read with " + name + "=" + in_quotes(value) +
                           ", but the job says " + name + "=" + in_quotes(at->second.value),
                       at->second.place,
                       {"build the job anew with this value: it changes the task graph"}});
    }
  }
  const std::vector<std::string> topics = graph.topics();
  for (const auto& [topic, settings] : job.topics) {
    const TaskDecl* publisher = settings.external ? graph.publisher_of(topic) : nullptr;
    if (publisher != nullptr) {
      found.push_back({"error",
                       "external-topic",
                       "topic " + in_quotes(topic) + " is said to be external, but task " +
                           in_quotes(publisher->name) + " publishes it",
                       settings.place,
                       {"remove external: true, or rename one of the two topics"}});
    }
    if (std::find(topics.begin(), topics.end(), topic) != topics.end()) continue;
    found.push_back({"error",
                     "unknown-topic",
                     "no task subscribes to or publishes " + in_quotes(topic),
                     settings.place,
                     {cure_for_unknown(topic, "topics", topics)}});
  }
  return found;
}

}  // namespace mort::graph
