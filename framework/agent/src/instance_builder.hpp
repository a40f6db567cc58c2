// The planner's instance of a job: nodes, tasks and rates as the fleet has them now.
#pragma once

#include <string>
#include <vector>

#include "mort/agent/placement.hpp"

namespace mort::agent {

/// Indices of tasks follow `names`, those of nodes the order of `surroundings.nodes`.
class InstanceBuilder {
 public:
  /// Both must outlive it.
  InstanceBuilder(const graph::Manifest& manifest, const Surroundings& surroundings)
      : manifest_(manifest), surroundings_(surroundings) {}

  /// To plan with. Errors: kInfeasible when a task may run on no node at all.
  Result<graph::Instance> build();
  /// To judge a placement that is in force: what a node offers and forbids plays no part.
  graph::Instance build_unconstrained();

  /// Of the largest payload that is known of a topic, else of what is taken for a mean one.
  std::int64_t largest_bytes(const std::string& topic) const;

  std::vector<std::string> names;  ///< of the tasks
  std::map<std::string, TopicRate> rates;

 private:
  std::optional<std::int32_t> index_of(const std::string& node) const;
  std::int32_t task_index(const std::string& name) const;
  const graph::TaskSettings* settings(const std::string& task) const;
  bool may_run_on(const std::string& task, const NodeInfo& node) const;
  Error nowhere(const std::string& task) const;
  graph::InstanceTask describe(const std::string& name) const;
  void add_nodes();
  void add_follow(std::int32_t node);
  void add_topics();
  void add_topic(const std::string& topic);
  void add_virtual(const std::string& topic);
  TopicRate rate_of(const std::string& topic, const graph::TaskDecl& publisher) const;
  std::optional<std::int64_t> bytes_of(const std::string& topic) const;

  const graph::Manifest& manifest_;
  const Surroundings& surroundings_;
  graph::Instance instance_;
};

}  // namespace mort::agent
