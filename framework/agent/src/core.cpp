#include "mort/agent/core.hpp"

#include <algorithm>
#include <iterator>
#include <set>

#include "accounting.hpp"
#include "local_worker.hpp"
#include "logs.hpp"
#include "measurements.hpp"
#include "mort/access/policy.hpp"
#include "mort/base/log.hpp"
#include "mort/base/sha256.hpp"
#include "mort/space/replica.hpp"
#include "records.hpp"
#include "running_plan.hpp"
#include "submit_checks.hpp"
#include "views.hpp"

namespace mort::agent {
namespace {

constexpr Nanoseconds kNodePeriod = std::chrono::seconds(1);
constexpr Nanoseconds kNodeLifetime = std::chrono::seconds(5);
constexpr Nanoseconds kStartPatience = std::chrono::seconds(60);
constexpr Nanoseconds kStopPatience = std::chrono::seconds(10);

/// The topics that a job reads and does not publish, as a reason for which it does not start.
std::string external_of(const std::string& manifest_text) {
  std::string text;
  if (const auto manifest = graph::manifest_from_json(manifest_text)) {
    for (const std::string& topic : manifest->graph.virtual_topics())
      text += (text.empty() ? "; read from outside the job: " : ", ") + topic;
  }
  return text;
}

}  // namespace

class AgentCore::Impl {
 public:
  Impl(CoreOptions options, scheduler::Lane& lane, bus::Bus& bus, store::Store& store,
       const ArtifactStore& artifacts, Launcher& launcher)
      : options_(std::move(options)),
        lane_(lane),
        bus_(bus),
        artifacts_(artifacts),
        launcher_(launcher),
        replica_({options_.node, options_.author, options_.boot}, lane, bus, store,
                 [this](const std::string& space, const std::string& key) { changed(space, key); }),
        exchange_(options_.node, artifacts, lane, bus),
        logs_(options_.node, lane, bus) {}

  Result<void> open() {
    MORT_TRY_VOID(replica_.open());
    MORT_TRY_VOID(exchange_.open());
    MORT_TRY_VOID(logs_.open());
    tick();
    return {};
  }

  void close() {
    closed_ = true;
    for (const auto& [job, worker] : workers_) worker->kill();
  }

  Result<SubmitAnswer> submit(const SubmitRequest& request) {
    MORT_TRY(manifest, checked_manifest(request));
    MORT_TRY_VOID(check_conflicts(replica_, manifest));
    for (const graph::Artifact& artifact : manifest.artifacts) {
      if (!artifacts_.has(artifact.sha256)) {
        return fail(ErrorCode::kInvalid,
                    "artifact " + artifact.sha256.substr(0, 12) + " (" + artifact.kind + " " +
                        artifact.name + ") has not been sent to this agent",
                    {}, "send it first; `mort submit` does");
      }
    }
    MORT_TRY(placement, place(manifest, surroundings(manifest, request.follow), request.options));
    MORT_TRY_VOID(check_task_rights(manifest, placement.assign, request.user));
    SubmitRecord record;
    record.name = manifest.job.name;
    record.submitted_ms = wall_ms();
    const std::string seed = options_.author + "/" + record.name + "/" +
                             std::to_string(record.submitted_ms) + "/" +
                             std::to_string(++submissions_);
    record.job = record.name + "-" + sha256_hex(seed).substr(0, 8);
    record.owner = options_.node;
    record.user = request.user;
    record.manifest = request.manifest;
    record.plan = to_json(placement);
    record.assign = placement.assign;
    record.lanes = placement.lanes;
    MORT_TRY(committed,
             replica_.put(space::kCmd, submit_key(record.job), to_json(record), Nanoseconds(0)));
    last_command_ = committed.author_seq;
    return SubmitAnswer{record.job, record.plan};
  }

  Result<std::string> plan(const SubmitRequest& request) const {
    MORT_TRY(manifest, checked_manifest(request));
    MORT_TRY(placement, place(manifest, surroundings(manifest, request.follow), request.options));
    return to_json_with_instance(placement);
  }

  Result<void> stop(const std::string& name, const std::string& user) {
    const auto job = find_job(replica_, name);
    if (!job) return no_such_job(name);
    if (job->end) {
      return fail(ErrorCode::kInvalid,
                  "job " + job->submit.job + " has already ended: " + job->end->state);
    }
    if (user != job->submit.user) {
      MORT_TRY_VOID(check_right({user, access::Action::kStop, job->submit.name, {}, {}, {}}));
    }
    return command(stop_key(job->submit.job), stop_to_json(user));
  }

  Result<void> set_policy(const std::string& text, const std::string& user) {
    if (!text.empty()) MORT_TRY_VOID(as_void(access::Policy::parse(text, "policy")));
    if (user != options_.admin)
      MORT_TRY_VOID(check_right({user, access::Action::kSetRights, {}, {}, {}, {}}));
    log::info("policy " + std::string(text.empty() ? "lifted" : "set") + " by " + user);
    auto put = replica_.put(space::kRight, kPolicyKey, text, Nanoseconds(0));
    return as_void(std::move(put));
  }

  std::string policy() const {
    const space::Record* record = replica_.get(space::kRight, kPolicyKey);
    return record == nullptr ? std::string() : record->body;
  }

  const space::Replica& replica() const { return replica_; }
  const Logs& logs() const { return logs_; }
  /// What this agent's participant has discovered of other programs.
  std::vector<PublishedTopic> external_topics() const {
    std::vector<PublishedTopic> topics;
    for (bus::ForeignTopic& topic : bus_.foreign_topics()) {
      topics.push_back({std::move(topic.name), std::string(kExternalNode), std::move(topic.type),
                        TopicRate{}, topic.reliable});
    }
    return topics;
  }
  const LocalWorker* local(const std::string& job) const {
    const auto found = workers_.find(job);
    return found == workers_.end() ? nullptr : found->second.get();
  }
  std::size_t stored_on() const { return 1 + replica_.holders(space::kCmd, last_command_).size(); }

  static tl::unexpected<Error> no_such_job(const std::string& name) {
    return fail(ErrorCode::kInvalid, "there is no job \"" + name + "\"", {},
                "list them with `mort jobs`");
  }

 private:
  template <class T>
  static Result<void> as_void(Result<T> result) {
    if (!result) return tl::unexpected<Error>(result.error());
    return {};
  }

  std::int64_t wall_ms() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(lane_.clock().wall()).count();
  }

  Result<void> command(const std::string& key, std::string body) {
    return as_void(replica_.put(space::kCmd, key, std::move(body), Nanoseconds(0)));
  }

  Surroundings surroundings(const graph::Manifest& manifest, bool follow) const {
    auto published = read_published(replica_);
    auto external = external_topics();
    std::move(external.begin(), external.end(), std::back_inserter(published));
    return {read_nodes(replica_), std::move(published),
            read_measurements(replica_, manifest.job.name),
            follow ? std::optional(options_.node) : std::nullopt};
  }

  // --- what is checked at submit ---

  Result<graph::Manifest> checked_manifest(const SubmitRequest& request) const {
    MORT_TRY(manifest, graph::manifest_from_json(request.manifest));
    for (const graph::Diagnostic& finding : graph::check(manifest.graph)) {
      if (finding.severity == "error")
        return fail(ErrorCode::kInvalid, finding.message, to_string(finding.place));
    }
    MORT_TRY_VOID(
        check_right({request.user, access::Action::kSubmit, manifest.job.name, {}, {}, {}}));
    return manifest;
  }

  Result<void> check_right(const access::Request& request) const {
    const std::string text = policy();
    if (text.empty()) return {};
    const auto parsed = access::Policy::parse(text, "policy");
    const access::Decision decision =
        parsed ? parsed->decide(request) : access::Decision{false, parsed.error().message};
    if (decision.allowed) return {};
    return fail(ErrorCode::kDenied, decision.reason, {},
                "ask for the right, or see the policy with `mort rights show`");
  }

  using Labels = std::map<std::string, std::string>;

  template <class Visit>
  void each_port(const graph::Manifest& manifest, const std::map<std::string, std::string>& assign,
                 Visit visit) const {
    std::map<std::string, Labels> labels_of;
    for (NodeInfo& node : read_nodes(replica_)) labels_of[node.id] = std::move(node.labels);
    for (const auto& [task, node] : assign) {
      const graph::TaskDecl* decl = manifest.graph.find(task);
      const Labels& labels = labels_of[node];
      if (decl == nullptr) {  // the follow task
        for (const std::string& topic : manifest.graph.result_topics())
          visit(task, node, labels, topic, false);
        continue;
      }
      for (const graph::Port& port : decl->sub) visit(task, node, labels, port.topic, false);
      for (const graph::Port& port : decl->pub) visit(task, node, labels, port.topic, true);
    }
  }

  Result<void> check_task_rights(const graph::Manifest& manifest,
                                 const std::map<std::string, std::string>& assign,
                                 const std::string& user) const {
    Result<void> result;
    if (policy().empty()) return result;
    each_port(manifest, assign,
              [&](const std::string& task, const std::string&, const Labels& labels,
                  const std::string& topic, bool publish) {
                if (!result) return;
                const auto action = publish ? access::Action::kPublish : access::Action::kSubscribe;
                result = check_right({user, action, manifest.job.name, task, topic, labels});
              });
    return result;
  }

  std::set<worker::Denial> denials(const LocalWorker& worker, const JobView& job) const {
    std::set<worker::Denial> denied;
    if (policy().empty()) return denied;
    each_port(worker.manifest(), job.submit.assign,
              [&](const std::string& task, const std::string& node, const Labels& labels,
                  const std::string& topic, bool publish) {
                if (node != options_.node) return;
                const auto action = publish ? access::Action::kPublish : access::Action::kSubscribe;
                if (!check_right(
                        {worker.user(), action, worker.manifest().job.name, task, topic, labels})) {
                  denied.insert({task, topic, publish});
                }
              });
    return denied;
  }

  // --- life cycle ---

  void changed(const std::string& space, const std::string& key) {
    if (space == space::kState && key.rfind("worker/", 0) != 0) return;
    // Many records may come in one turn; what they ask for is looked at once.
    if (std::exchange(reconcile_posted_, true)) return;
    lane_.post([this] {
      reconcile_posted_ = false;
      reconcile();
    });
  }

  void reconcile() {
    if (closed_) return;
    for (const JobView& job : read_jobs(replica_)) {
      follow_locally(job);
      if (job.submit.owner == options_.node && !job.end) drive(job);
    }
  }

  void follow_locally(const JobView& job) {
    const std::string& id = job.submit.job;
    const auto found = workers_.find(id);
    if (job.end) {
      if (found != workers_.end() && !found->second->ended()) found->second->end();
      return;
    }
    const auto nodes = job.nodes();
    if (std::find(nodes.begin(), nodes.end(), options_.node) == nodes.end()) return;
    if (found == workers_.end()) {
      auto manifest = graph::manifest_from_json(job.submit.manifest);
      if (!manifest)
        return log::error("job " + id +
                          " has a manifest that cannot be read: " + manifest.error().message);
      LocalWorker::Context context{
          options_,
          lane_,
          replica_,
          exchange_,
          artifacts_,
          launcher_,
          [this](LogLine line) { logs_.add(std::move(line)); },
          [this](const bus::Participant& dead) { bus_.say_goodbye_for(dead); }};
      workers_[id] = std::make_unique<LocalWorker>(std::move(context), job, std::move(*manifest));
    }
    LocalWorker& worker = *workers_.at(id);
    worker.set_denied(denials(worker, job));
    worker.follow(job);
  }

  /// As the owner of a job: takes it from one state to the next.
  void drive(const JobView& job) {
    const std::string& id = job.submit.job;
    const auto workers = read_workers(replica_, job);
    const auto nodes = job.nodes();
    const auto all = [&](auto predicate) {
      return workers.size() == nodes.size() &&
             std::all_of(workers.begin(), workers.end(),
                         [&](const auto& entry) { return predicate(entry.second); });
    };
    for (const auto& [node, worker] : workers) {
      if (worker.phase == Phase::kRefused)
        return end(id, kFailed, "node " + node + ": " + worker.message);
      if (worker.phase == Phase::kCrashed && crashed(job, worker)) return;
    }
    watch_start(job, workers);
    if (job.stopping && !job.started) return end(id, kStopped, "stopped before it had started");
    if (!job.started &&
        all([](const WorkerRecord& worker) { return worker.phase == Phase::kReady; })) {
      command(start_key(id), epoch_to_json(job.epoch));
    } else if (job.started &&
               all([](const WorkerRecord& worker) { return worker.phase == Phase::kDone; })) {
      finish(job, workers);
    } else if (job.stopping && !stop_deadlines_.contains(id)) {
      stop_deadlines_.insert(id);
      lane_.after(kStopPatience, [this, id] {
        const auto late = read_job(replica_, id);
        if (late && !late->end)
          end(id, kStopped, "some tasks did not end in time and were ended by force");
      });
    }
  }

  /// Ends a job whose workers are all up but do not find each other.
  void watch_start(const JobView& job, const std::map<std::string, WorkerRecord>& workers) {
    const std::string& id = job.submit.job;
    const bool all_up =
        workers.size() == job.nodes().size() &&
        std::all_of(workers.begin(), workers.end(), [](const auto& entry) {
          return entry.second.phase == Phase::kStarting || entry.second.phase == Phase::kReady;
        });
    if (job.started || !all_up || !start_deadlines_.insert({id, job.epoch}).second) return;
    lane_.after(kStartPatience, [this, id, epoch = job.epoch] {
      const auto late = read_job(replica_, id);
      if (!late || late->end || late->started || late->epoch != epoch) return;
      std::string unmatched;
      for (const auto& [node, worker] : read_workers(replica_, *late)) {
        if (worker.phase != Phase::kReady) unmatched += (unmatched.empty() ? "" : ", ") + node;
      }
      end(id, kFailed,
          "the workers do not find each other's topics; not ready: " + unmatched +
              external_of(late->submit.manifest));
    });
  }

  /// True when the job was moved on.
  bool crashed(const JobView& job, const WorkerRecord& worker) {
    const std::string& id = job.submit.job;
    if (job.stopping)
      return end(id, kStopped, "worker on " + worker.node + " ended: " + worker.message), true;
    const auto manifest = graph::manifest_from_json(job.submit.manifest);
    if (!manifest || manifest->job.effective_on_crash() != graph::OnCrash::kRestartJob)
      return false;
    command(epoch_key(id), epoch_to_json(job.epoch + 1));
    return true;
  }

  void finish(const JobView& job, const std::map<std::string, WorkerRecord>& workers) {
    for (const auto& [node, worker] : workers) {
      for (const auto& [task, state] : worker.task_states) {
        if (state != "failed") continue;
        const auto message = worker.task_messages.find(task);
        return end(job.submit.job, kFailed,
                   "task " + task + " on " + node + ": " +
                       (message == worker.task_messages.end() ? "failed" : message->second));
      }
    }
    if (job.stopping) return end(job.submit.job, kStopped, "");
    const auto manifest = graph::manifest_from_json(job.submit.manifest);
    const std::string broken = manifest ? broken_promises(workers, *manifest) : std::string();
    end(job.submit.job, broken.empty() ? kCompleted : kCompletedWithLosses, broken);
  }

  void end(const std::string& job, const std::string& state, const std::string& reason) {
    log::info("job " + job + " " + state + (reason.empty() ? "" : ": " + reason));
    if (auto done = command(end_key(job), to_json(EndRecord{state, reason, wall_ms()})); !done) {
      log::error(to_string(done.error()));
    }
  }

  void tick() {
    if (closed_) return;
    const double load = options_.utilization ? options_.utilization() : 0.0;
    const NodeInfo node{options_.node,
                        options_.arch,
                        options_.cpu_millis,
                        options_.cpu_millis,
                        load,
                        options_.labels,
                        options_.takes_tasks,
                        options_.memory,
                        options_.free_memory ? options_.free_memory() : std::nullopt};
    replica_.put(space::kState, node_key(options_.node), to_json(node), kNodeLifetime);
    reconcile();
    lane_.after(kNodePeriod, [this] { tick(); });
  }

  const CoreOptions options_;
  scheduler::Lane& lane_;
  bus::Bus& bus_;
  const ArtifactStore& artifacts_;
  Launcher& launcher_;
  space::Replica replica_;
  ArtifactExchange exchange_;
  Logs logs_;
  std::map<std::string, std::unique_ptr<LocalWorker>> workers_;
  std::set<std::string> stop_deadlines_;
  std::set<std::pair<std::string, std::uint32_t>> start_deadlines_;
  std::uint64_t last_command_ = 0;
  std::uint64_t submissions_ = 0;
  bool reconcile_posted_ = false;
  bool closed_ = false;
};

AgentCore::AgentCore(CoreOptions options, scheduler::Lane& lane, bus::Bus& bus, store::Store& store,
                     const ArtifactStore& artifacts, Launcher& launcher)
    : impl_(std::make_unique<Impl>(std::move(options), lane, bus, store, artifacts, launcher)) {}
AgentCore::~AgentCore() = default;
Result<void> AgentCore::open() {
  return impl_->open();
}
void AgentCore::close() {
  impl_->close();
}
Result<SubmitAnswer> AgentCore::submit(const SubmitRequest& request) {
  return impl_->submit(request);
}
Result<std::string> AgentCore::plan(const SubmitRequest& request) const {
  return impl_->plan(request);
}
Result<void> AgentCore::stop(const std::string& job, const std::string& user) {
  return impl_->stop(job, user);
}
Result<void> AgentCore::set_policy(const std::string& text, const std::string& user) {
  return impl_->set_policy(text, user);
}
std::string AgentCore::policy() const {
  return impl_->policy();
}
std::string AgentCore::nodes_json() const {
  return view_nodes(impl_->replica());
}
std::string AgentCore::jobs_json() const {
  return view_jobs(impl_->replica());
}
std::string AgentCore::tasks_json() const {
  return view_tasks(impl_->replica());
}
std::string AgentCore::topics_json() const {
  return view_topics(impl_->replica(), impl_->external_topics());
}

Result<std::string> AgentCore::job_json(const std::string& name) const {
  const auto job = find_job(impl_->replica(), name);
  if (!job) return Impl::no_such_job(name);
  const LocalWorker* local = impl_->local(job->submit.job);
  return view_job(impl_->replica(), *job,
                  local == nullptr ? std::map<std::string, std::string>() : local->results());
}

Result<std::string> AgentCore::running_plan_json(const std::string& name) const {
  const auto job = find_job(impl_->replica(), name);
  if (!job) return Impl::no_such_job(name);
  return view_running_plan(impl_->replica(), *job, impl_->external_topics());
}

Result<std::string> AgentCore::logs_json(const std::string& name, std::size_t skip) const {
  const auto job = find_job(impl_->replica(), name);
  if (!job) return Impl::no_such_job(name);
  return impl_->logs().lines_json(job->submit.job, skip);
}

std::size_t AgentCore::stored_on() const {
  return impl_->stored_on();
}
std::size_t AgentCore::fleet_size() const {
  return read_nodes(impl_->replica()).size();
}

}  // namespace mort::agent
