#include "mort/agent/core.hpp"

#include <algorithm>
#include <iterator>
#include <set>

#include "fleet.hpp"
#include "life_cycle.hpp"
#include "local_worker.hpp"
#include "logs.hpp"
#include "measurements.hpp"
#include "mort/access/policy.hpp"
#include "mort/base/log.hpp"
#include "mort/base/sha256.hpp"
#include "mort/base/visible_text.hpp"
#include "mort/space/replica.hpp"
#include "records.hpp"
#include "rights.hpp"
#include "running_plan.hpp"
#include "submit_checks.hpp"
#include "views.hpp"

namespace mort::agent {
namespace {

constexpr const char* kWithdrawn = "not accepted: no second node had stored it in time";
constexpr Nanoseconds kNodePeriod = std::chrono::seconds(1);
constexpr Nanoseconds kNodeLifetime = std::chrono::seconds(5);
/// An agent that has just started has not heard of the others yet: only then it takes over from one
/// that it does not hear.
constexpr Nanoseconds kSettled = kNodeLifetime + std::chrono::seconds(1);

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
    for (const char* space : space::kSpaces) {
      for (const auto& [key, record] : replica_.list(space, "")) take(space, key);
    }
    opened_ = lane_.clock().now();
    replica_.on_namesake = [this](const space::Record& record) { meet(record); };
    tick();
    return {};
  }

  void close() {
    closed_ = true;
    for (const auto& [job, worker] : workers_) worker->kill();
  }

  Result<SubmitAnswer> submit(const SubmitRequest& request) {
    if (const Job* known = fleet_.requested(request.user, request.request))
      return answer_of(*known);
    MORT_TRY(manifest, checked_manifest(request));
    MORT_TRY_VOID(check_conflicts(fleet_, manifest));
    for (const graph::Artifact& artifact : manifest.artifacts) {
      if (!artifacts_.has(artifact.sha256)) {
        return fail(ErrorCode::kInvalid,
                    "artifact " + artifact.sha256.substr(0, 12) + " (" + artifact.kind + " " +
                        artifact.name + ") has not been sent to this agent",
                    {}, "send it first; `mort submit` does");
      }
    }
    MORT_TRY(placement, place(manifest, surroundings(manifest, request.follow), request.options));
    MORT_TRY_VOID(check_task_rights(fleet_, manifest, placement.assign, request.user));
    SubmitRecord record;
    record.name = manifest.job.name;
    record.submitted_ms = wall_ms();
    const std::string seed = options_.author + "/" + record.name + "/" +
                             std::to_string(record.submitted_ms) + "/" +
                             std::to_string(++submissions_);
    record.job = record.name + "-" + sha256_hex(seed).substr(0, 8);
    record.owner = options_.node;
    record.user = request.user;
    record.request = request.request;
    record.manifest = request.manifest;
    record.plan = to_json(placement);
    record.assign = placement.assign;
    record.lanes = placement.lanes;
    MORT_TRY(committed,
             replica_.put(space::kCmd, submit_key(record.job), to_json(record), Nanoseconds(0)));
    return SubmitAnswer{record.job, record.plan, committed.author_seq};
  }

  /// Of a submission that has come before. One that an earlier run of the agent took was accepted.
  Result<SubmitAnswer> answer_of(const Job& job) const {
    if (job.view.end && job.view.end->reason == kWithdrawn)
      return fail(ErrorCode::kUnreachable, "job " + job.view.submit.job + " was " + kWithdrawn);
    const bool of_this_run = job.record->author == options_.author;
    return SubmitAnswer{job.view.submit.job, job.view.submit.plan,
                        of_this_run ? job.record->author_seq : 0};
  }

  Result<std::string> plan(const SubmitRequest& request) const {
    MORT_TRY(manifest, checked_manifest(request));
    MORT_TRY(placement, place(manifest, surroundings(manifest, request.follow), request.options));
    return to_json_with_instance(placement);
  }

  Result<void> stop(const std::string& name, const std::string& user) {
    const Job* job = fleet_.find(name);
    if (job == nullptr) return no_such_job(name);
    const SubmitRecord& submit = job->view.submit;
    if (job->view.end) {
      return fail(ErrorCode::kInvalid,
                  "job " + submit.job + " has already ended: " + job->view.end->state);
    }
    if (user != submit.user)
      MORT_TRY_VOID(check_right(fleet_, {user, access::Action::kStop, submit.name, {}, {}, {}}));
    return command(stop_key(submit.job), stop_to_json(user));
  }

  Result<void> set_policy(const std::string& text, const std::string& user) {
    if (!text.empty()) MORT_TRY_VOID(as_void(access::Policy::parse(text, "policy")));
    if (user != options_.admin)
      MORT_TRY_VOID(check_right(fleet_, {user, access::Action::kSetRights, {}, {}, {}, {}}));
    log::info("policy " + std::string(text.empty() ? "lifted" : "set") + " by " + user);
    auto put = replica_.put(space::kRight, kPolicyKey, text, Nanoseconds(0));
    return as_void(std::move(put));
  }

  const Fleet& fleet() const { return fleet_; }
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
  std::size_t stored_on(std::uint64_t number) const {
    return 1 + replica_.holders(space::kCmd, number).size();
  }
  Result<void> withdraw(const std::string& job) {
    log::info("job " + job + " " + kWithdrawn);
    return command(end_key(job), to_json(EndRecord{kFailed, kWithdrawn, wall_ms()}));
  }

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
    auto published = fleet_.published();
    auto external = external_topics();
    std::move(external.begin(), external.end(), std::back_inserter(published));
    return {fleet_.nodes(), std::move(published), read_measurements(fleet_, manifest.job.name),
            follow ? std::optional(options_.node) : std::nullopt};
  }

  // --- what is checked at submit ---

  Result<graph::Manifest> checked_manifest(const SubmitRequest& request) const {
    MORT_TRY(manifest, graph::manifest_from_json(request.manifest));
    for (const graph::Diagnostic& finding : graph::check(manifest.graph)) {
      if (finding.severity == "error")
        return fail(ErrorCode::kInvalid, finding.message, to_string(finding.place));
    }
    MORT_TRY_VOID(check_right(
        fleet_, {request.user, access::Action::kSubmit, manifest.job.name, {}, {}, {}}));
    return manifest;
  }

  // --- life cycle ---

  /// What a key says now goes into the fleet.
  void take(const std::string& space, const std::string& key) {
    fleet_.apply(space, key, replica_.fold().share(space, key));
  }

  void changed(const std::string& space, const std::string& key) {
    take(space, key);
    // Many records may come in one turn; what they ask for is looked at once.
    if (!fleet_.has_changes() || std::exchange(reconcile_posted_, true)) return;
    lane_.post([this] {
      reconcile_posted_ = false;
      reconcile();
    });
  }

  void reconcile() {
    if (closed_) return;
    if (fleet_.take_changed_rights()) {
      for (const auto& [id, worker] : workers_) deny(*worker, id);
    }
    for (const std::string& id : fleet_.take_changed_jobs()) {
      const Job* job = fleet_.job(id);
      if (job == nullptr) continue;
      follow_locally(*job);
      if (job->view.end)
        watched_.erase(id);
      else if (drives(*job))
        drive(*job);
    }
  }

  void deny(LocalWorker& worker, const std::string& id) {
    if (const Job* job = fleet_.job(id); job != nullptr && !worker.ended())
      worker.set_denied(denials_on(fleet_, options_.node, worker.manifest(),
                                   job->view.submit.assign, worker.user()));
  }

  void follow_locally(const Job& job) {
    const std::string& id = job.view.submit.job;
    const auto found = workers_.find(id);
    if (job.view.end) {
      if (found != workers_.end() && !found->second->ended()) found->second->end();
      return;
    }
    const auto nodes = job.view.nodes();
    if (std::find(nodes.begin(), nodes.end(), options_.node) == nodes.end()) return;
    if (found == workers_.end()) {
      if (job.manifest == nullptr)
        return log::error("job " + id + " has a manifest that cannot be read");
      LocalWorker::Context context{
          options_,
          lane_,
          replica_,
          exchange_,
          artifacts_,
          launcher_,
          [this](LogLine line) { logs_.add(std::move(line)); },
          [this](const bus::Participant& dead) { bus_.say_goodbye_for(dead); }};
      workers_[id] = std::make_unique<LocalWorker>(std::move(context), job.view, *job.manifest);
      deny(*workers_.at(id), id);
    }
    workers_.at(id)->follow(job.view);
  }

  bool drives(const Job& job) const {
    const SubmitRecord& submit = job.view.submit;
    if (submit.owner == options_.node) return true;
    if (lane_.clock().now() - opened_ < kSettled) return false;
    return driver_of(submit.job, submit.owner, fleet_.alive()) == options_.node;
  }

  /// Takes a job from one state to the next.
  void drive(const Job& job) {
    const std::string& id = job.view.submit.job;
    const Workers workers = fleet_.workers(job.view);
    const Step step = next_step(job.view, workers, job.manifest.get(), fleet_.rival_of(job),
                                waited(job.view, is_unmatched(job.view, workers)));
    switch (step.kind) {
      case Step::Kind::kNothing:
        return;
      case Step::Kind::kStart:
        return insist(id, command(start_key(id), epoch_to_json(job.view.epoch)));
      case Step::Kind::kBeginAgain:
        return insist(id, command(epoch_key(id), epoch_to_json(job.view.epoch + 1)));
      case Step::Kind::kEnd:
        log::info("job " + id + " " + step.state + (step.reason.empty() ? "" : ": " + step.reason));
        return insist(id,
                      command(end_key(id), to_json(EndRecord{step.state, step.reason, wall_ms()})));
    }
  }

  /// What could not be committed is tried again with the next tick.
  void insist(const std::string& job, const Result<void>& done) {
    if (done) return;
    log::error(to_string(done.error()));
    again_.insert(job);
  }

  /// How long this agent has seen a job wait, on its own clock; looks again when that is too long.
  Waited waited(const JobView& job, bool unmatched) {
    Watched& watched = watched_[job.submit.job];
    const Nanoseconds now = lane_.clock().now();
    const auto since = [&](std::optional<Nanoseconds>& first, bool lasts,
                           Nanoseconds patience) -> std::optional<Nanoseconds> {
      if (!lasts) return first = std::nullopt;
      if (!first) {
        first = now;
        lane_.after(patience, [this, id = job.submit.job] {
          fleet_.touch(id);
          reconcile();
        });
      }
      return now - *first;
    };
    if (std::exchange(watched.epoch, job.epoch) != job.epoch) watched.unmatched = std::nullopt;
    return {since(watched.unmatched, unmatched, kStartPatience),
            since(watched.stopping, job.stopping, kStopPatience)};
  }

  /// Another run of this node's agent has said something.
  void meet(const space::Record& record) {
    if (record.key != node_key(options_.node)) return;
    const auto beat = beat_from_json(record.body);
    if (!beat) return;
    const auto found =
        namesakes_.heard(options_.author, up_ms(), record.author, record.author_seq, *beat);
    if (!found) return;
    const std::string where =
        "another agent runs as node " + options_.node + ", at " + visible_text(found->address);
    if (!found->gives_way)
      return log::warning(where +
                          "; it is the younger one and should have ended: give it another --id");
    log::error(where + ", and for longer: this one ends");
    if (options_.on_refused)
      options_.on_refused({ErrorCode::kInvalid,
                           where,
                           {},
                           "give each machine its own --id, and a data directory of its own"});
  }

  std::int64_t up_ms() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(lane_.clock().now() - opened_)
        .count();
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
    const auto said = replica_.put(space::kState, node_key(options_.node),
                                   to_json(node, {up_ms(), options_.address}), kNodeLifetime);
    if (!said) log::error(to_string(said.error()));
    for (const std::string& job : std::exchange(again_, {})) fleet_.touch(job);
    if (!settled_ && lane_.clock().now() - opened_ >= kSettled) {
      settled_ = true;
      fleet_.touch_live();
    }
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
  Fleet fleet_;
  NamesakeWatch namesakes_;
  struct Watched {
    std::uint32_t epoch = 0;
    std::optional<Nanoseconds> unmatched;
    std::optional<Nanoseconds> stopping;
  };
  std::map<std::string, Watched> watched_;  ///< jobs that wait for something
  std::set<std::string> again_;             ///< jobs whose command could not be committed
  Nanoseconds opened_{0};
  bool settled_ = false;
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
  return impl_->fleet().policy_text();
}
std::string AgentCore::nodes_json() const {
  return view_nodes(impl_->fleet());
}
std::string AgentCore::jobs_json() const {
  return view_jobs(impl_->fleet());
}
std::string AgentCore::tasks_json() const {
  return view_tasks(impl_->fleet());
}
std::string AgentCore::topics_json() const {
  return view_topics(impl_->fleet(), impl_->external_topics());
}

Result<std::string> AgentCore::job_json(const std::string& name) const {
  const Job* job = impl_->fleet().find(name);
  if (job == nullptr) return Impl::no_such_job(name);
  const LocalWorker* local = impl_->local(job->view.submit.job);
  return view_job(impl_->fleet(), *job,
                  local == nullptr ? std::map<std::string, std::string>() : local->results());
}

Result<std::string> AgentCore::running_plan_json(const std::string& name) const {
  const Job* job = impl_->fleet().find(name);
  if (job == nullptr) return Impl::no_such_job(name);
  return view_running_plan(impl_->fleet(), *job, impl_->external_topics());
}

Result<std::string> AgentCore::logs_json(const std::string& name, std::size_t skip) const {
  const Job* job = impl_->fleet().find(name);
  if (job == nullptr) return Impl::no_such_job(name);
  return impl_->logs().lines_json(job->view.submit.job, skip);
}

std::size_t AgentCore::stored_on(std::uint64_t number) const {
  return impl_->stored_on(number);
}
Result<void> AgentCore::withdraw(const std::string& job) {
  return impl_->withdraw(job);
}
std::size_t AgentCore::fleet_size() const {
  return impl_->fleet().alive().size();
}

}  // namespace mort::agent
