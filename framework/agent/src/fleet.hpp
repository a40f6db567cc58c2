// What the fleet is now, as typed state: built from the records that count, as they change, so that
// nothing is read from JSON twice and nobody looks at what has not changed. Pure.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "mort/access/policy.hpp"
#include "mort/graph/manifest.hpp"
#include "records.hpp"

namespace mort::agent {

/// A job, with what follows from its records.
struct Job {
  JobView view;             ///< without the text of the manifest
  space::RecordPtr record;  ///< of its submission
  space::Stamp stamp;       ///< of its commit: the order of jobs, whatever the clocks say
  /// Null: it cannot be read, or the job has ended and nobody needs it (see manifest_of).
  std::shared_ptr<const graph::Manifest> manifest;
  std::map<std::string, std::int64_t> cpu_millis;  ///< that it takes, by node
  std::map<std::string, std::int64_t> memory;      ///< bytes that it takes, by node
  std::map<std::string, TopicRate> rates;          ///< as planned, by topic
};

/// Parsed again for a job that has ended; null where it cannot be read.
std::shared_ptr<const graph::Manifest> manifest_of(const Job& job);

/// Of one job, by node.
using Workers = std::map<std::string, WorkerRecord>;

/// Threads: one.
class Fleet {
 public:
  /// `key` of `space` says `record` now; null: nothing.
  void apply(const std::string& space, const std::string& key, const space::RecordPtr& record);

  /// Ids of the jobs of which something has changed since the last call, their workers' records
  /// too.
  std::set<std::string> take_changed_jobs();
  /// Whether the policy or the labels of a node have changed since the last call.
  bool take_changed_rights();
  bool has_changes() const { return rights_changed_ || !changed_.empty(); }
  /// So that it is looked at again.
  void touch(const std::string& job) { changed_.insert(job); }
  void touch_live();

  const Job* job(const std::string& id) const;
  /// The job that `name` means: an id, or the name of its latest job.
  const Job* find(const std::string& name) const;
  /// The job that the user has submitted under this name of a request; null for none, or no name.
  const Job* requested(const std::string& user, const std::string& request) const;
  /// Oldest first.
  std::vector<const Job*> jobs() const { return jobs_of(order_); }
  /// Those that have not ended, oldest first.
  std::vector<const Job*> live_jobs() const { return jobs_of(live_); }
  /// Jobs of one name, oldest first.
  std::vector<const Job*> jobs_named(const std::string& name) const;
  /// A live job that had the name, or a topic that this one publishes, before it; and what it is.
  struct Rival {
    const Job* job = nullptr;
    std::string over;  ///< "the name NAME", "topic TOPIC"
  };
  std::optional<Rival> rival_of(const Job& job) const;

  /// Records of the workers of the job's current epoch.
  Workers workers(const JobView& job) const;
  bool is_alive(const std::string& node) const { return nodes_.contains(node); }
  std::set<std::string> alive() const;
  /// Nodes that are alive; free cpu and memory are what live jobs leave.
  std::vector<NodeInfo> nodes() const;
  /// Topics of live jobs: with measured rates where there are some, else with the plan's.
  std::vector<TopicRecord> topics() const;
  /// The same, as a plan sees them.
  std::vector<PublishedTopic> published() const;

  /// Empty: no policy is in force.
  const std::string& policy_text() const { return policy_text_; }
  access::Decision decide(const access::Request& request) const;
  /// Of a node that is alive; else none.
  const std::map<std::string, std::string>& labels(const std::string& node) const;

 private:
  using Order = std::pair<space::Stamp, std::string>;  // stamp, id

  void apply_command(const std::string& job, const std::string& what,
                     const space::RecordPtr& record);
  void submitted(const std::string& id, const space::RecordPtr& record);
  void apply_policy(const std::string& text);
  std::vector<const Job*> jobs_of(const std::set<Order>& orders) const;
  void look_at(Job& job);
  void index(const Job& job);
  void unindex(const Job& job);
  void touch_rivals(const Job& job);
  void apply_node(const std::string& node, const space::RecordPtr& record);

  std::map<std::string, Job> jobs_;
  std::set<Order> order_;
  std::map<std::string, std::set<Order>> by_name_;
  std::map<std::pair<std::string, std::string>, std::string> by_request_;  ///< user, request: id
  std::set<Order> live_;
  std::map<std::string, std::set<Order>> live_by_topic_;  ///< that they publish
  /// What is said of a job beside its submission, which may come first: by id and key part.
  struct Said {
    std::uint32_t epoch = 1;
    std::uint32_t started = 0;  ///< epoch
    bool stopping = false;
    std::optional<EndRecord> end;
  };
  std::map<std::string, Said> said_;
  std::map<std::string, Workers> workers_;  ///< by job
  std::map<std::string, NodeInfo> nodes_;
  std::map<std::string, TopicRecord> measured_;  ///< by key of /state
  std::string policy_text_;
  std::optional<access::Policy> policy_;
  std::string policy_fault_;
  std::set<std::string> changed_;
  bool rights_changed_ = false;
};

}  // namespace mort::agent
