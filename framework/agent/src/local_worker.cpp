#include "local_worker.hpp"

#include <algorithm>
#include <utility>

#include "accounting.hpp"
#include "mort/base/log.hpp"

namespace mort::agent {
namespace {

/// Artifacts that come whole and are damaged at the launch: then the disk is.
constexpr int kMostDamaged = 3;
constexpr Nanoseconds kExitPatience = std::chrono::seconds(3);
constexpr Nanoseconds kTopicLifetime = std::chrono::seconds(5);

}  // namespace

LocalWorker::LocalWorker(Context context, const JobView& job, graph::Manifest manifest)
    : context_(std::move(context)),
      manifest_(std::move(manifest)),
      job_(job.submit.job),
      user_(job.submit.user),
      assign_(job.submit.assign),
      lanes_(job.submit.lanes),
      owner_(job.submit.owner),
      nodes_(job.nodes()),
      restart_by_job_(manifest_.job.effective_on_crash() == graph::OnCrash::kRestartJob) {
  const std::string seed = job_ + "@" + context_.options.node;
  std::seed_seq sequence(seed.begin(), seed.end());
  jitter_.seed(sequence);  // the workers of a job do not start in step
}

LocalWorker::~LocalWorker() {
  *alive_ = false;
  if (restart_timer_) context_.lane.cancel(*restart_timer_);
  if (kill_timer_) context_.lane.cancel(*kill_timer_);
}

void LocalWorker::follow(const JobView& job) {
  if (ended_) return;
  if (job.epoch != epoch_) {
    if (restart_timer_) context_.lane.cancel(*std::exchange(restart_timer_, std::nullopt));
    drop_process();
    if (epoch_ != 0) log({}, "job begins again under epoch " + std::to_string(job.epoch));
    epoch_ = job.epoch;
    restarted_ = start_sent_ = stop_sent_ = false;
    record_ = {};
    results_.clear();
    begin(job.started);
  }
  if (job.started && record_.phase == Phase::kReady && !start_sent_) {
    start_sent_ = true;
    process_->send({worker::Command::Kind::kStart, {}});
    set_phase(Phase::kRunning);
  }
  if (job.stopping && process_ && start_sent_ && !stop_sent_) {
    stop_sent_ = true;
    process_->send({worker::Command::Kind::kStop, {}});
  }
}

void LocalWorker::set_denied(std::set<worker::Denial> denied) {
  if (denied == denied_) return;
  for (const worker::Denial& denial : denied) {
    if (!denied_.contains(denial)) {
      log(denial.task, "has lost the right to " +
                           std::string(denial.publish ? "publish" : "subscribe to") + " topic " +
                           denial.topic);
    }
  }
  denied_ = std::move(denied);
  if (process_) process_->send({worker::Command::Kind::kRights, denied_});
}

void LocalWorker::end() {
  ended_ = true;
  ++generation_;
  if (restart_timer_) context_.lane.cancel(*std::exchange(restart_timer_, std::nullopt));
  if (!process_) return;
  process_->send({worker::Command::Kind::kExit, {}});
  kill_timer_ = context_.lane.after(kExitPatience, [this] {
    kill_timer_.reset();
    kill();
  });
}

void LocalWorker::kill() {
  ended_ = true;
  drop_process();
}

void LocalWorker::begin(bool in_mid_job) {
  ++generation_;
  restarted_ = in_mid_job;
  record_.job = job_;
  record_.node = context_.options.node;
  record_.epoch = epoch_;
  next_incarnation_ = 0;
  record_.task_states.clear();
  for (const auto& [task, node] : assign_) {
    if (node == context_.options.node) record_.task_states[task] = "waiting";
  }
  // A job that had started without this object: the agent was away, and its worker with it.
  if (in_mid_job && restart_by_job_) return set_phase(Phase::kCrashed, "the agent was restarted");
  set_phase(Phase::kFetching);
  fetch_next();
}

std::vector<const graph::Artifact*> LocalWorker::wanted_artifacts() const {
  std::vector<const graph::Artifact*> wanted;
  for (const graph::Artifact& artifact : manifest_.artifacts) {
    if (artifact.kind == "file" || artifact.name == context_.options.arch)
      wanted.push_back(&artifact);
  }
  return wanted;
}

void LocalWorker::fetch_next() {
  for (const graph::Artifact* artifact : wanted_artifacts()) {
    if (context_.artifacts.has(artifact->sha256)) continue;
    std::vector<std::string> holders = {
        owner_};  // the submitter has them; the others of the job may
    for (const std::string& node : nodes_) {
      if (node != owner_) holders.push_back(node);
    }
    context_.exchange.fetch(
        *artifact, std::move(holders),
        [this, alive = alive_, generation = generation_](const Result<void>& result) {
          if (!*alive || generation != generation_) return;
          if (result)
            fetch_next();
          else
            set_phase(Phase::kRefused, to_string(result.error()));
        });
    return;
  }
  launch();
}

void LocalWorker::launch() {
  worker::Config config;
  config.job = job_;
  config.node = context_.options.node;
  config.epoch = epoch_;
  config.incarnation = record_.incarnation = next_incarnation_++;
  config.restarted = restarted_;
  config.manifest = manifest_;
  config.assign = assign_;
  for (const auto& [task, lane] : lanes_) {
    if (config.is_here(task)) config.lanes[task] = lane;
  }
  config.denied = denied_;
  config.network = context_.options.network;
  for (const auto& [name, param] : manifest_.job.params) config.params[name] = param.value;
  for (const graph::Artifact* artifact : wanted_artifacts()) {
    const std::string path = context_.artifacts.path(artifact->sha256);
    // A disk may have changed what was checked when it arrived: nothing runs on an old promise.
    if (!context_.artifacts.check(artifact->sha256)) {
      const std::string name = "artifact " + artifact->sha256.substr(0, 12);
      if (++damaged_ > kMostDamaged)
        return set_phase(Phase::kRefused,
                         name + " is damaged on the disk again and again: " + path);
      log({}, name + " was damaged on the disk: it is fetched again");
      return fetch_next();
    }
    if (artifact->kind == "library")
      config.library = path;
    else
      config.params[artifact->name] = path;
  }
  WorkerCallbacks callbacks;
  callbacks.on_event = [this](const worker::Event& event) { on_event(event); };
  callbacks.on_output = [this](const std::string& line) { log({}, line); };
  callbacks.on_exit = [this](const std::string& how) { on_exit(how); };
  auto process = context_.launcher.launch(config, std::move(callbacks));
  if (!process) return set_phase(Phase::kRefused, to_string(process.error()));
  process_ = std::move(*process);
  launched_at_ = context_.lane.clock().now();
  start_sent_ = stop_sent_ = false;
  set_phase(Phase::kStarting);
}

void LocalWorker::on_event(const worker::Event& event) {
  using Kind = worker::Event::Kind;
  switch (event.kind) {
    case Kind::kJoined:
      participant_ = bus::participant_from(event.text);
      return;
    case Kind::kReady:
      return set_phase(Phase::kReady);
    case Kind::kRefused:
    case Kind::kBroken:
      return set_phase(Phase::kRefused, event.text);
    case Kind::kTask:
      record_.task_states[event.task] = event.state;
      if (!event.text.empty()) {
        record_.task_messages[event.task] = event.text;
        log(event.task, event.state + ": " + event.text);
      }
      return report();
    case Kind::kLog:
      return log(event.task, event.text);
    case Kind::kResult:
      results_[event.topic] = event.text;
      return;
    case Kind::kAlive:
      return;
    case Kind::kStats:
      record_.stats = event.stats;
      report_topics();
      return report();
    case Kind::kDone:
      record_.stats = event.stats;
      return set_phase(Phase::kDone);
  }
}

void LocalWorker::on_exit(const std::string& how) {
  if (participant_) context_.say_goodbye_for(*std::exchange(participant_, std::nullopt));
  if (ended_) return drop_process();
  if (record_.phase == Phase::kRefused) return;
  // Its tasks had ended; but samples that others had not yet taken went with it, which matters to
  // an exact job.
  if (record_.phase == Phase::kDone && !restart_by_job_) return drop_process();
  if (start_sent_) {
    ++record_.past.restarts;
    carry(record_.past, record_.stats, record_.incarnation);
    record_.stats.published.clear();
    record_.stats.subscribed.clear();
    record_.stats.received.clear();
  }
  for (auto& [task, state] : record_.task_states) state = "waiting";
  const Nanoseconds now = context_.lane.clock().now();
  const double jitter = std::uniform_real_distribution<double>(0, 1)(jitter_);
  const AfterCrash after = after_crash(crashes_, now, now - launched_at_, jitter);
  crashes_ = after.history;
  record_.crashes = crashes_.count;
  const std::string what = "the worker " + how;
  if (after.gives_up) return set_phase(Phase::kRefused, what + ", " + describe(crashes_, now));
  log({}, what);
  // Of a job that begins again as a whole, the owner may do so when the pause is over.
  set_phase(restart_by_job_ ? Phase::kStarting : Phase::kCrashed, what);
  restart_timer_ = context_.lane.after(after.pause, [this, what] {
    restart_timer_.reset();
    if (restart_by_job_) return set_phase(Phase::kCrashed, what);
    restarted_ = restarted_ || start_sent_;  // before the start nobody is in mid-stream
    drop_process();
    launch();
  });
}

void LocalWorker::drop_process() {
  process_.reset();  // which kills it
  if (participant_) context_.say_goodbye_for(*std::exchange(participant_, std::nullopt));
}

void LocalWorker::set_phase(Phase phase, std::string message) {
  record_.phase = phase;
  record_.message = std::move(message);
  if (phase == Phase::kRefused) log({}, record_.message);
  report();
}

void LocalWorker::report() {
  context_.replica.put(space::kState, worker_key(job_, context_.options.node), to_json(record_),
                       Nanoseconds(0));
}

void LocalWorker::report_topics() {
  for (const auto& published : record_.stats.published) {
    const TopicRecord record{published.topic,
                             published.type,
                             job_,
                             published.task,
                             context_.options.node,
                             published.rate_hz,
                             {rate_of(published).value_or(0), RateSource::kMeasured}};
    context_.replica.put(space::kState, topic_key(published.topic), to_json(record),
                         kTopicLifetime);
  }
}

void LocalWorker::log(const std::string& task, const std::string& text) {
  const auto now =
      std::chrono::duration_cast<std::chrono::milliseconds>(context_.lane.clock().wall()).count();
  context_.on_log({job_, context_.options.node, task, now, text});
}

}  // namespace mort::agent
