// The agent core: job life cycle, node watch, worker supervision. Sees only Clock, Bus, Store and
// Launcher.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mort/agent/artifacts.hpp"
#include "mort/agent/launcher.hpp"
#include "mort/agent/placement.hpp"
#include "mort/agent/plan_options.hpp"
#include "mort/bus/bus.hpp"
#include "mort/scheduler/lane.hpp"
#include "mort/store/store.hpp"

namespace mort::agent {

struct CoreOptions {
  std::string node;        ///< this node's id
  std::string author;      ///< of this run alone: node id, '.', a random name
  std::uint64_t boot = 1;  ///< above that of every run that the data directory knows of
  std::string arch;
  std::int64_t cpu_millis = 1000;
  std::map<std::string, std::string> labels;
  std::string admin;                    ///< user whom no policy locks out of setting rights
  std::function<double()> utilization;  ///< live CPU load of this machine, 0..1; may be empty
  bool takes_tasks = true;              ///< false: plans made from now on leave this node out
  std::optional<std::int64_t> memory;   ///< bytes that this node offers; nothing = not looked at
  std::function<std::optional<std::int64_t>()> free_memory;  ///< live, of the machine; may be empty
  std::string address;                                       ///< where a person finds this agent
  /// This agent must end: another one, which runs longer, has its node id. May be empty.
  std::function<void(const Error&)> on_refused;
  // Handed to workers:
  bus::Network network;
};

struct SubmitRequest {
  std::string manifest;  ///< mort-job-1
  std::string user;
  bool follow = false;  ///< add the follow task here
  offload::Options options = default_plan_options();
  std::string request;          ///< that names this submission: the same again is the same job
  bool allow_one_copy = false;  ///< accept it though no second node has stored it
};

struct SubmitAnswer {
  std::string job;           ///< id
  std::string plan;          ///< Placement as JSON
  std::uint64_t number = 0;  ///< of its record, for stored_on()
};

/// A line of a task's or worker's output.
struct LogLine {
  std::string job;
  std::string node;
  std::string task;  ///< empty: of the worker or agent
  std::int64_t time_ms = 0;
  std::string text;
};

/// Threads: the lane.
class AgentCore {
 public:
  AgentCore(CoreOptions options, scheduler::Lane& lane, bus::Bus& bus, store::Store& store,
            const ArtifactStore& artifacts, Launcher& launcher);
  ~AgentCore();
  /// Joins the fleet. Errors: of store and bus.
  Result<void> open();
  /// Ends all workers at once; nothing is said in /cmd, so that jobs go on when the agent comes
  /// back.
  void close();

  /// Checks rights, graph, topics and artifacts, plans, and commits the job.
  /// Errors: kInvalid, kInfeasible, kDenied, each with cause and cure.
  Result<SubmitAnswer> submit(const SubmitRequest& request);
  /// The plan that submit() would make now, as JSON; nothing is committed.
  Result<std::string> plan(const SubmitRequest& request) const;
  /// Errors: kInvalid when there is no such job or it has ended.
  Result<void> stop(const std::string& job, const std::string& user);
  /// Puts a policy in force for the fleet ("" lifts it). Errors: kInvalid with line and column.
  Result<void> set_policy(const std::string& text, const std::string& user);
  std::string policy() const;

  // Views as JSON documents.
  std::string nodes_json() const;
  std::string jobs_json() const;
  std::string tasks_json() const;
  std::string topics_json() const;
  /// State, plan, tasks, topics and results of one job. Errors: kInvalid when there is none.
  Result<std::string> job_json(const std::string& job) const;
  /// The placement of one job at the rates that were measured, beside the bytes that were counted.
  /// Errors: kInvalid when there is no such job.
  Result<std::string> running_plan_json(const std::string& job) const;
  /// Lines after the first `skip`. Errors: kInvalid when there is no such job.
  Result<std::string> logs_json(const std::string& job, std::size_t skip) const;
  /// Nodes (this one included) that have stored this agent's commands up to `number`.
  std::size_t stored_on(std::uint64_t number) const;
  /// Takes back a job that was not accepted. Errors: of the disk.
  Result<void> withdraw(const std::string& job);
  std::size_t fleet_size() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mort::agent
