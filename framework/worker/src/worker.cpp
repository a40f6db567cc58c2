#include "mort/worker/worker.hpp"

#include <algorithm>
#include <thread>

#include "clock_exchange.hpp"
#include "inlet.hpp"
#include "log_limit.hpp"
#include "mort/dds_topics/cdr_json.hpp"
#include "mort/worker/topic_qos.hpp"
#include "reader_watch.hpp"
#include "stats_collector.hpp"
#include "stream_ends.hpp"
#include "task_maker.hpp"
#include "task_runner.hpp"

namespace mort::worker {

namespace {

constexpr Nanoseconds kStatsPeriod = std::chrono::seconds(1);
/// Less than what lies between two looks.
constexpr Nanoseconds kHog = std::chrono::milliseconds(500);
constexpr Nanoseconds kResultPeriod = std::chrono::milliseconds(200);

}  // namespace

class Worker::Impl {
 public:
  Impl(const Config& config, bus::Bus& bus, scheduler::Lane& control,
       std::vector<scheduler::Lane*> lanes, Report report)
      : config_(config),
        bus_(bus),
        control_(control),
        lanes_(std::move(lanes)),
        report_(std::move(report)),
        readers_(config_, bus_, control_,
                 [this](const auto& reason) {
                   report_({Event::Kind::kBroken, {}, {}, {}, reason, {}});
                 }),
        clocks_(config_, control_, [this](const auto& node) { readers_.heard(node); }),
        stream_ends_(config_, control_,
                     [this](const auto& topic, const auto& writer, std::uint64_t last) {
                       stream_ended(topic, writer, last);
                     }) {
    MORT_CHECK(!lanes_.empty());
  }

  /// Bodies that are still suspended unwind while all that they may call is there.
  ~Impl() {
    for (const auto& [name, runner] : runners_) runner->unwind();
  }

  Result<void> load(const std::vector<TaskRegistration::Factory>& factories) {
    MORT_TRY_VOID(make_tasks(factories));
    make_runners();
    MORT_TRY_VOID(open_publications());
    MORT_TRY_VOID(open_inlets());
    MORT_TRY_VOID(stream_ends_.open(bus_));
    MORT_TRY_VOID(clocks_.open(bus_));
    apply_rights(config_.denied);
    loaded_ = true;
    check_ready();
    schedule_stats();
    return {};
  }

  void command(const Command& command) {
    switch (command.kind) {
      case Command::Kind::kStart:
        return start();
      case Command::Kind::kStop:
        return stop();
      case Command::Kind::kRights:
        return apply_rights(command.denied);
      case Command::Kind::kExit:
        return cancel();
    }
  }

  void forked() {
    for (const auto& [name, runner] : runners_) runner->forked();
  }

  void cancel() {
    for (const auto& [name, runner] : runners_) {
      runner->lane().post([runner = runner.get()] { runner->cancel(); });
    }
  }

 private:
  bool is_here(const std::string& task) const { return config_.is_here(task); }

  Result<void> make_tasks(const std::vector<TaskRegistration::Factory>& factories) {
    const bool follow_only =
        std::none_of(config_.manifest.graph.tasks.begin(), config_.manifest.graph.tasks.end(),
                     [this](const graph::TaskDecl& task) { return is_here(task.name); });
    if (follow_only) return {};  // no library of this architecture is needed
    std::vector<Registration> registrations;
    for (const auto& factory : factories) {
      MORT_TRY(made, make_task(factory, config_.params));
      const std::string name = made.task->registration().name;
      registrations.push_back(made.task->registration());
      if (!is_here(name)) continue;  // made on every node, heard of where it runs
      for (const std::string& line : made.log) report_({Event::Kind::kLog, name, {}, {}, line, {}});
      tasks_[name] = std::move(made.task);
    }
    return compare(config_.manifest.graph, registrations);
  }

  void make_runners() {
    const auto order = graph::topological_order(config_.manifest.graph);
    const auto lane_numbers = lanes_here(config_, lanes_.size());
    const auto lane_of = [&](const std::string& task) -> scheduler::Lane& {
      return *lanes_[lane_numbers.at(task) % lanes_.size()];
    };
    for (std::size_t place = 0; place < order.size(); ++place) {
      const std::string& name = order[place];
      if (!is_here(name)) continue;
      scheduler::Lane& lane = lane_of(name);
      make_runner(name, static_cast<int>(place), lane);
      const graph::TaskDecl& decl = *config_.manifest.graph.find(name);
      for (const graph::Port& port : decl.sub) subscribe(name, port.topic, lane, port.feedback);
      for (const graph::Port& port : decl.pub) {
        TaskRunner& runner = *runners_[name];
        runner.add(std::make_unique<Publication>(name, port.topic, port.type, lane,
                                                 [&runner] { runner.wake(); }));
      }
    }
    const std::string follow(kFollowTask);
    if (is_here(follow)) {
      make_runner(follow, static_cast<int>(order.size()), lane_of(follow));
      for (const std::string& topic : config_.manifest.graph.result_topics()) {
        subscribe(follow, topic, lane_of(follow));
      }
    }
  }

  void make_runner(const std::string& name, int order, scheduler::Lane& lane) {
    TaskRunner::Settings settings{name, order, Nanoseconds(config_.manifest.period_ns(name)),
                                  static_cast<std::size_t>(config_.manifest.stack_bytes(name)),
                                  &config_.params};
    TaskRunner::Hooks hooks;
    // Of both hooks, so as long as the runner.
    const auto log = std::make_shared<LimitedLog>(lane, [this, name](const std::string& text) {
      control_.post([this, name, text] { report_({Event::Kind::kLog, name, {}, {}, text, {}}); });
    });
    hooks.on_log = [log](const std::string& text) { log->add(text); };
    hooks.on_state = [this, name, log](const std::string& state, const std::string& message) {
      log->say_dropped();
      control_.post([this, name, state, message] { task_changed(name, state, message); });
    };
    runners_[name] = std::make_unique<TaskRunner>(std::move(settings), lane, std::move(hooks));
    states_[name] = "waiting";
  }

  void subscribe(const std::string& task, const std::string& topic, scheduler::Lane& lane,
                 bool feedback = false) {
    runners_[task]->add(std::make_unique<Subscription>(
        task, topic, config_.manifest.job.queue(task, topic, feedback), lane, feedback));
  }

  std::vector<Subscription*> subscriptions_here(const std::string& topic) const {
    std::vector<Subscription*> list;
    for (const auto& [name, runner] : runners_) {
      if (Subscription* subscription = runner->subscription(topic)) list.push_back(subscription);
    }
    return list;
  }

  /// The other nodes where a task of this job reads `topic`.
  std::set<std::string> reader_nodes(const std::string& topic) const {
    std::set<std::string> nodes;
    for (const graph::TaskDecl* task : config_.manifest.graph.subscribers_of(topic)) {
      if (const auto found = config_.assign.find(task->name); found != config_.assign.end()) {
        nodes.insert(found->second);
      }
    }
    const auto follow = config_.assign.find(std::string(kFollowTask));
    if (follow != config_.assign.end() && config_.manifest.graph.subscribers_of(topic).empty()) {
      nodes.insert(follow->second);
    }
    nodes.erase(config_.node);
    return nodes;
  }

  /// Those of them where a task reads it that its publisher waits for.
  std::set<std::string> nodes_to_wait_for(const std::string& topic) const {
    auto nodes = reader_nodes(topic);
    std::erase_if(nodes, [&](const std::string& node) {
      const auto readers = config_.manifest.graph.subscribers_of(topic);
      return !readers.empty() &&
             std::none_of(readers.begin(), readers.end(), [&](const graph::TaskDecl* task) {
               const auto at = config_.assign.find(task->name);
               const bool feedback = graph::is_feedback(*task, topic);
               return at != config_.assign.end() && at->second == node &&
                      config_.manifest.job.queue(task->name, topic, feedback).block;
             });
    });
    return nodes;
  }

  bus::TopicSpec spec(const std::string& topic) const {
    return {topic, config_.manifest.graph.type_of(topic), config_.manifest.job.topic(topic).ros2};
  }

  bus::EndpointInfo info() const {
    return {config_.node, config_.job, config_.epoch, config_.incarnation};
  }

  bus::Events match_events() {
    return {{}, [this] {
              control_.post([this] {
                readers_.matched();
                check_ready();
              });
            }};
  }

  Result<void> open_publications() {
    for (const auto& [name, runner] : runners_) {
      for (const auto& publication : runner->publications()) {
        const std::string& topic = publication->topic();
        const bus::Qos qos = qos_of(config_.manifest, topic);
        MORT_TRY(writer, bus_.create_writer(spec(topic), qos, info(), match_events()));
        publication->writer = writer.get();
        publication->max_payload = qos.max_payload;
        const auto nodes = reader_nodes(topic);
        publication->remote_expected = !nodes.empty();
        readers_.add(*publication, nodes_to_wait_for(topic));
        publication->on_end = [this, topic, guid = writer->guid()](std::uint64_t last) {
          control_.post([this, topic, guid, last] { stream_ends_.send(topic, guid, last); });
        };
        for (Subscription* subscription : subscriptions_here(topic))
          publication->local.add(*subscription);
        writers_[topic] = std::move(writer);
      }
    }
    return {};
  }

  Result<void> open_inlets() {
    for (const std::string& topic : config_.manifest.graph.topics()) {
      const auto subscriptions = subscriptions_here(topic);
      if (subscriptions.empty() || writers_.contains(topic)) continue;
      const bool of_this_job = config_.manifest.graph.publisher_of(topic) != nullptr;
      Inlet::Origin origin{config_.node, of_this_job ? config_.job : std::string(), config_.epoch,
                           config_.restarted, hold_for(topic)};
      auto& inlet = inlets_[topic];
      inlet = std::make_unique<Inlet>(topic, std::move(origin), subscriptions.front()->lane(),
                                      clocks_.offsets());
      for (Subscription* subscription : subscriptions) inlet->local.add(*subscription);
      inlet->on_undecodable = [this, topic](const std::string& why) {
        control_.post([this, topic, why] {
          report_({Event::Kind::kLog,
                   {},
                   topic,
                   {},
                   "refused a payload on topic " + topic + ": " + why,
                   {}});
        });
      };
      bus::Events events = match_events();
      events.on_data = [inlet = inlet.get()] { inlet->notify(); };
      MORT_TRY(reader, bus_.create_reader(spec(topic), qos_of(config_.manifest, topic), info(),
                                          std::move(events)));
      inlet->reader = std::move(reader);
      inlet->notify();
    }
    return {};
  }

  /// How long readers wait for what a living publisher may still have.
  Nanoseconds hold_for(const std::string& topic) const {
    const bool waits = config_.manifest.job.topic(topic).block;
    return Nanoseconds(waits ? config_.manifest.job.hold_for_ns : 0);
  }

  void stream_ended(const std::string& topic, const bus::Guid& writer, std::uint64_t last) {
    const auto found = inlets_.find(topic);
    if (found == inlets_.end()) return;
    found->second->lane().post(
        [inlet = found->second.get(), writer, last] { inlet->writer_ended(writer, last); });
  }

  bool is_peer(const bus::Peer& peer) const {
    return peer.info.job == config_.job && peer.info.epoch == config_.epoch;
  }

  /// Ready: every reader elsewhere that the plan names is matched, and every topic read here has
  /// its writer, but for feedback from other jobs, which may come later.
  bool everything_matched() const {
    for (const auto& [topic, writer] : writers_) {
      auto missing = reader_nodes(topic);
      for (const bus::Peer& peer : writer->matched()) {
        if (is_peer(peer)) missing.erase(peer.info.node);
      }
      if (!missing.empty()) return false;
    }
    for (const auto& [topic, inlet] : inlets_) {
      const auto peers = inlet->reader->matched();
      const bool of_this_job = config_.manifest.graph.publisher_of(topic) != nullptr;
      if (!of_this_job && config_.manifest.graph.may_be_absent(topic)) continue;
      const bool matched = std::any_of(peers.begin(), peers.end(), [&](const bus::Peer& peer) {
        return !of_this_job || is_peer(peer);
      });
      if (!matched) return false;
    }
    return true;
  }

  void check_ready() {
    if (!loaded_ || ready_ || !everything_matched()) return;
    ready_ = true;
    report_({Event::Kind::kReady, {}, {}, {}, {}, {}});
  }

  void start() {
    if (started_) return;
    started_ = true;
    started_at_ = control_.clock().now();
    readers_.start();
    if (runners_.empty()) return finish();
    for (const auto& [name, runner] : runners_) {
      runner->lane().post([this, runner = runner.get(), name = name] {
        if (name == kFollowTask) {
          runner->start([this, runner] { follow(*runner); });
        } else {
          Task& task = *tasks_.at(name);
          task.set_host(runner);
          for (InboxBase* inbox : task.inboxes()) runner->add(*inbox);
          runner->start([&task] { task.Run(); });
        }
      });
    }
  }

  void stop() {
    for (const auto& [name, runner] : runners_) {
      runner->lane().post([runner = runner.get()] { runner->stop(); });
    }
    for (const auto& [topic, inlet] : inlets_) {
      if (config_.manifest.graph.publisher_of(topic) != nullptr) continue;
      inlet->lane().post([inlet = inlet.get()] { inlet->end_now(); });
    }
  }

  void apply_rights(const std::set<Denial>& denied) {
    for (const auto& [name, runner] : runners_) {
      for (const auto& subscription : runner->subscriptions()) {
        const bool allowed = !denied.contains({name, subscription->topic(), false});
        subscription->lane().post(
            [subscription = subscription.get(), allowed] { subscription->set_allowed(allowed); });
      }
      for (const auto& publication : runner->publications()) {
        const bool allowed = !denied.contains({name, publication->topic(), true});
        runner->lane().post([runner = runner.get(), publication = publication.get(), allowed] {
          publication->allowed = allowed;
          runner->wake();  // it may wait for room that it may not use any more
        });
      }
    }
  }

  /// The sink that `submit --follow` adds: hands the latest message of each result topic to the
  /// agent.
  void follow(TaskRunner& runner) {
    std::map<std::string, PayloadBytes> latest;
    Nanoseconds next_report{0};
    const auto& clock = control_.clock();
    while (runner.wait_data()) {
      for (const auto& subscription : runner.subscriptions()) {
        while (const auto payload = runner.take_payload(subscription->topic()))
          latest[subscription->topic()] = payload;
      }
      if (clock.now() < next_report) continue;
      next_report = clock.now() + kResultPeriod;
      report_results(latest);
    }
    report_results(latest);
  }

  void report_results(std::map<std::string, PayloadBytes>& latest) {
    for (const auto& [topic, payload] : latest) {
      const auto json = dds_topics::cdr_to_json(config_.manifest.graph.types,
                                                config_.manifest.graph.type_of(topic), *payload);
      control_.post([this, topic = topic, text = json ? *json : "{\"error\":\"undecodable\"}"] {
        report_({Event::Kind::kResult, std::string(kFollowTask), topic, {}, text, {}});
      });
    }
    latest.clear();
  }

  void task_changed(const std::string& name, const std::string& state, const std::string& message) {
    states_[name] = state;
    report_({Event::Kind::kTask, name, {}, state, message, {}});
    const bool all_ended = std::all_of(states_.begin(), states_.end(), [](const auto& entry) {
      return entry.second == "finished" || entry.second == "failed";
    });
    if (all_ended) finish();
  }

  void finish() {
    ended_at_ = control_.clock().now();
    collect([this](Stats stats) {
      report_({Event::Kind::kDone, {}, {}, {}, {}, std::move(stats)});
    });
  }

  void schedule_stats() {
    control_.after(kStatsPeriod, [this] {
      name_hogs();
      readers_.look();
      if (!std::exchange(collecting_, true)) {  // a lane that is held up holds one round, not many
        collect([this](Stats stats) {
          collecting_ = false;
          report_({Event::Kind::kStats, {}, {}, {}, {}, std::move(stats)});
        });
      }
      schedule_stats();
    });
  }

  /// A task that does not wait holds up all others of its lane, and its own stop: it is named while
  /// it still runs, one second after it was first seen, two, four, and so on.
  void name_hogs() {
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
      auto& [watch, next] = hog_watches_[i];
      const auto hog = lanes_[i]->hog(watch, kHog);
      if (!hog) next = kHog;
      if (!hog || hog->time < next) continue;
      next = 2 * hog->time;
      const auto others = std::count_if(runners_.begin(), runners_.end(), [&](const auto& entry) {
        return &entry.second->lane() == lanes_[i];
      });
      const double seconds = std::chrono::duration<double>(hog->time).count();
      char text[160];
      std::snprintf(text, sizeof text,
                    "has run for %.1f s without waiting; %d other task(s) of its lane wait for it: "
                    "call WaitTick(), Take() or Sleep(0) in long work",
                    seconds, static_cast<int>(others) - 1);
      report_({Event::Kind::kLog, hog->task, {}, {}, text, {}});
    }
  }

  void collect(std::function<void(Stats)> then) {
    collector_.collect([this, then = std::move(then)](Stats stats) {
      const Nanoseconds until = ended_at_.value_or(control_.clock().now());
      stats.clocks = clocks_.offsets().stats();
      if (started_) stats.active_s = std::chrono::duration<double>(until - started_at_).count();
      then(std::move(stats));
    });
  }

  const Config config_;
  bus::Bus& bus_;
  scheduler::Lane& control_;
  const std::vector<scheduler::Lane*> lanes_;
  const Report report_;

  ReaderWatch readers_;
  ClockExchange clocks_;
  /// By lane; with it, when the task is named again.
  std::map<std::size_t, std::pair<scheduler::Lane::HogWatch, Nanoseconds>> hog_watches_;
  // Destroyed from the bottom: inlets and writers (which call back) before the runners and tasks
  // they refer to.
  std::map<std::string, std::unique_ptr<Task>> tasks_;
  StatsCollector::Runners runners_;
  std::map<std::string, std::string> states_;
  std::map<std::string, std::unique_ptr<bus::Writer>> writers_;
  StatsCollector::Inlets inlets_;
  StatsCollector collector_{lanes_, control_, runners_, inlets_};
  StreamEnds stream_ends_;
  bool collecting_ = false;
  bool loaded_ = false;
  bool ready_ = false;
  bool started_ = false;
  Nanoseconds started_at_{0};
  std::optional<Nanoseconds> ended_at_;
};

Worker::Worker(const Config& config, bus::Bus& bus, scheduler::Lane& control,
               std::vector<scheduler::Lane*> lanes, Report report)
    : impl_(std::make_unique<Impl>(config, bus, control, std::move(lanes), std::move(report))) {}
Worker::~Worker() = default;
Result<void> Worker::load(const std::vector<TaskRegistration::Factory>& factories) {
  return impl_->load(factories);
}
void Worker::command(const Command& command) {
  impl_->command(command);
}
void Worker::cancel() {
  impl_->cancel();
}
void Worker::forked() {
  impl_->forked();
}

}  // namespace mort::worker
