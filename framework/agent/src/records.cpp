#include "records.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

namespace mort::agent {
namespace {

using Json = nlohmann::json;
constexpr const char* kPhases[] = {"fetching", "starting", "ready",  "running",
                                   "done",     "crashed",  "refused"};

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

template <class Read>
auto guarded(std::string_view text, Read read) -> std::optional<decltype(read(Json()))> {
  try {
    return read(Json::parse(text));
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

/// No sum over rates up to this overflows.
constexpr std::int64_t kMaxRateBps = 1'000'000'000'000;
constexpr std::int64_t kMaxMemory = std::int64_t{1} << 46;

std::int64_t checked_rate(std::int64_t bps) {
  if (bps < 0 || bps > kMaxRateBps) throw std::out_of_range("rate");
  return bps;
}

template <class T>
T get(const Json& json, const char* name) {
  return json.at(name).get<T>();
}

using Strings = std::map<std::string, std::string>;

Json past_to_value(const PastStats& past) {
  Json out = {{"restarts", past.restarts},
              {"published", Json::object()},
              {"subscribed", Json::object()},
              {"received", Json::object()}};
  for (const auto& [topic, p] : past.published)
    out["published"][topic] = {{"sent", p.sent}, {"bytes", p.bytes}, {"memory", p.memory_bytes}};
  for (const auto& [topic, tasks] : past.subscribed) {
    for (const auto& [task, s] : tasks) {
      Json& entry = out["subscribed"][topic][task];
      entry = {{"expected", s.expected}, {"delivered", s.delivered}, {"lost", s.lost}};
      for (const Reach& reach : s.reaches)
        entry["reaches"].push_back({reach.writer, reach.samples});
    }
  }
  for (const auto& [topic, r] : past.received)
    out["received"][topic] = {r.local_bytes, r.network_bytes, r.refused};
  return out;
}

PastStats past_from(const Json& v) {
  PastStats past;
  past.restarts = get<std::uint32_t>(v, "restarts");
  for (const auto& [topic, p] : v.at("published").items()) {
    past.published[topic] = {get<std::vector<std::uint64_t>>(p, "sent"),
                             get<std::uint64_t>(p, "bytes"), get<std::uint64_t>(p, "memory")};
  }
  for (const auto& [topic, tasks] : v.at("subscribed").items()) {
    for (const auto& [task, s] : tasks.items()) {
      auto& entry = past.subscribed[topic][task];
      entry = {get<std::uint64_t>(s, "expected"),
               get<std::uint64_t>(s, "delivered"),
               get<std::uint64_t>(s, "lost"),
               {}};
      if (!s.contains("reaches")) continue;
      for (const Json& reach : s["reaches"])
        entry.reaches.push_back(
            {reach.at(0).get<std::uint32_t>(), reach.at(1).get<std::uint64_t>()});
    }
  }
  for (const auto& [topic, r] : v.at("received").items()) {
    past.received[topic] = {r.at(0).get<std::uint64_t>(), r.at(1).get<std::uint64_t>(),
                            r.at(2).get<std::uint64_t>()};
  }
  return past;
}

}  // namespace

std::string submit_key(const std::string& job) {
  return "job/" + job + "/submit";
}
std::string epoch_key(const std::string& job) {
  return "job/" + job + "/epoch";
}
std::string start_key(const std::string& job) {
  return "job/" + job + "/start";
}
std::string stop_key(const std::string& job) {
  return "job/" + job + "/stop";
}
std::string end_key(const std::string& job) {
  return "job/" + job + "/end";
}
std::string node_key(const std::string& node) {
  return "node/" + node;
}
std::string worker_key(const std::string& job, const std::string& node) {
  return "worker/" + job + "/" + node;
}
std::string task_key(const std::string& job, const std::string& task) {
  return "task/" + job + "/" + task;
}
std::string topic_key(const std::string& topic) {
  return "topic/" + topic;
}

std::string_view to_string(Phase phase) {
  return kPhases[static_cast<int>(phase)];
}

std::string to_json(const SubmitRecord& r) {
  return dump({{"job", r.job},
               {"name", r.name},
               {"owner", r.owner},
               {"user", r.user},
               {"submitted_ms", r.submitted_ms},
               {"manifest", r.manifest},
               {"plan", r.plan},
               {"assign", r.assign},
               {"lanes", r.lanes}});
}

std::optional<SubmitRecord> submit_from_json(std::string_view text) {
  return guarded(text, [](const Json& v) {
    SubmitRecord r{get<std::string>(v, "job"),
                   get<std::string>(v, "name"),
                   get<std::string>(v, "owner"),
                   get<std::string>(v, "user"),
                   get<std::int64_t>(v, "submitted_ms"),
                   get<std::string>(v, "manifest"),
                   get<std::string>(v, "plan"),
                   get<Strings>(v, "assign"),
                   get<std::map<std::string, int>>(v, "lanes")};
    for (const auto& [task, lane] : r.lanes) {
      if (lane < 0 || lane >= worker::kMaxLanes) throw std::out_of_range("lane");
    }
    return r;
  });
}

std::string to_json(const EndRecord& r) {
  return dump({{"state", r.state}, {"reason", r.reason}, {"ended_ms", r.ended_ms}});
}

std::optional<EndRecord> end_from_json(std::string_view text) {
  return guarded(text, [](const Json& v) {
    return EndRecord{get<std::string>(v, "state"), get<std::string>(v, "reason"),
                     get<std::int64_t>(v, "ended_ms")};
  });
}

std::string to_json(const WorkerRecord& r) {
  return dump({{"job", r.job},
               {"node", r.node},
               {"epoch", r.epoch},
               {"phase", to_string(r.phase)},
               {"message", r.message},
               {"crashes", r.crashes},
               {"tasks", r.task_states},
               {"task_messages", r.task_messages},
               {"incarnation", r.incarnation},
               {"stats", worker::to_json(r.stats)},
               {"past", past_to_value(r.past)}});
}

std::optional<WorkerRecord> worker_from_json(std::string_view text) {
  return guarded(text, [](const Json& v) {
    WorkerRecord r;
    r.job = get<std::string>(v, "job");
    r.node = get<std::string>(v, "node");
    r.epoch = get<std::uint32_t>(v, "epoch");
    const auto* phase =
        std::find(std::begin(kPhases), std::end(kPhases), get<std::string>(v, "phase"));
    if (phase == std::end(kPhases)) throw std::invalid_argument("phase");
    r.phase = static_cast<Phase>(phase - std::begin(kPhases));
    r.message = get<std::string>(v, "message");
    r.crashes = get<std::uint32_t>(v, "crashes");
    r.task_states = get<Strings>(v, "tasks");
    r.task_messages = get<Strings>(v, "task_messages");
    r.incarnation = get<std::uint32_t>(v, "incarnation");
    if (auto stats = worker::stats_from_json(get<std::string>(v, "stats")))
      r.stats = std::move(*stats);
    r.past = past_from(v.at("past"));
    return r;
  });
}

std::string to_json(const TaskRecord& r) {
  return dump({{"job", r.job},
               {"task", r.task},
               {"node", r.node},
               {"epoch", r.epoch},
               {"state", r.state},
               {"message", r.message}});
}

std::string to_json(const TopicRecord& r) {
  return dump({{"topic", r.topic},
               {"type", r.type},
               {"job", r.job},
               {"task", r.task},
               {"node", r.node},
               {"rate_hz", r.rate_hz},
               {"rate_bps", r.rate.bps}});
}

std::optional<TopicRecord> topic_from_json(std::string_view text) {
  return guarded(text, [](const Json& v) {
    return TopicRecord{get<std::string>(v, "topic"),
                       get<std::string>(v, "type"),
                       get<std::string>(v, "job"),
                       get<std::string>(v, "task"),
                       get<std::string>(v, "node"),
                       get<double>(v, "rate_hz"),
                       {checked_rate(get<std::int64_t>(v, "rate_bps")), RateSource::kMeasured}};
  });
}

std::optional<std::int64_t> rate_of(const worker::PublishedStats& published) {
  if (published.sent == 0) return std::nullopt;
  const double bps = 8 * published.rate_hz * static_cast<double>(published.bytes) /
                     static_cast<double>(published.sent);
  if (!(bps > 0 && bps <= static_cast<double>(kMaxRateBps))) return std::nullopt;
  return std::llround(bps);
}

std::string to_json(const NodeInfo& n) {
  Json out = {{"id", n.id},
              {"arch", n.arch},
              {"cpu_millis", n.cpu_millis},
              {"free_cpu_millis", n.free_cpu_millis},
              {"utilization", n.utilization},
              {"labels", n.labels},
              {"takes_tasks", n.takes_tasks}};
  if (n.memory) out["memory"] = *n.memory;
  if (n.free_memory) out["free_memory"] = *n.free_memory;
  return dump(out);
}

std::optional<NodeInfo> node_from_json(std::string_view text) {
  return guarded(text, [](const Json& v) {
    NodeInfo n{get<std::string>(v, "id"),
               get<std::string>(v, "arch"),
               get<std::int64_t>(v, "cpu_millis"),
               get<std::int64_t>(v, "free_cpu_millis"),
               get<double>(v, "utilization"),
               get<Strings>(v, "labels"),
               get<bool>(v, "takes_tasks"),
               std::nullopt,
               std::nullopt};
    if (v.contains("memory")) n.memory = get<std::int64_t>(v, "memory");
    if (v.contains("free_memory")) n.free_memory = get<std::int64_t>(v, "free_memory");
    const auto possible = [](std::optional<std::int64_t> bytes) {
      return bytes.value_or(0) >= 0 && bytes.value_or(0) <= kMaxMemory;
    };
    const bool sane = n.cpu_millis >= 0 && n.cpu_millis < 1'000'000'000 && n.utilization >= 0 &&
                      n.utilization <= 1 && possible(n.memory) && possible(n.free_memory);
    if (!sane) throw std::out_of_range("node");
    return n;
  });
}

std::string epoch_to_json(std::uint32_t epoch) {
  return dump({{"epoch", epoch}});
}
std::optional<std::uint32_t> epoch_from_json(std::string_view text) {
  return guarded(text, [](const Json& v) { return get<std::uint32_t>(v, "epoch"); });
}
std::string stop_to_json(const std::string& user) {
  return dump({{"by", user}});
}

std::vector<std::string> JobView::nodes() const {
  std::set<std::string> nodes;
  for (const auto& [task, node] : submit.assign) nodes.insert(node);
  return {nodes.begin(), nodes.end()};
}

std::optional<JobView> read_job(const space::Replica& replica, const std::string& job) {
  const space::Record* submit = replica.get(space::kCmd, submit_key(job));
  if (submit == nullptr) return std::nullopt;
  auto body = submit_from_json(submit->body);
  if (!body || body->job != job) return std::nullopt;
  JobView view;
  view.submit = std::move(*body);
  const auto read_epoch = [&](const std::string& key) -> std::optional<std::uint32_t> {
    const space::Record* record = replica.get(space::kCmd, key);
    return record == nullptr ? std::nullopt : epoch_from_json(record->body);
  };
  view.epoch = read_epoch(epoch_key(job)).value_or(1);
  view.started = read_epoch(start_key(job)).value_or(0) == view.epoch;
  view.stopping = replica.get(space::kCmd, stop_key(job)) != nullptr;
  if (const space::Record* end = replica.get(space::kCmd, end_key(job)))
    view.end = end_from_json(end->body);
  return view;
}

std::vector<JobView> read_jobs(const space::Replica& replica) {
  std::vector<JobView> jobs;
  const std::string suffix = "/submit";
  for (const auto& [key, record] : replica.list(space::kCmd, std::string(kJobPrefix))) {
    if (key.size() <= kJobPrefix.size() + suffix.size() || !key.ends_with(suffix)) continue;
    const std::string id =
        key.substr(kJobPrefix.size(), key.size() - kJobPrefix.size() - suffix.size());
    if (auto job = read_job(replica, id)) jobs.push_back(std::move(*job));
  }
  std::stable_sort(jobs.begin(), jobs.end(), [](const JobView& a, const JobView& b) {
    return a.submit.submitted_ms < b.submit.submitted_ms;
  });
  return jobs;
}

std::map<std::string, WorkerRecord> read_workers(const space::Replica& replica,
                                                 const JobView& job) {
  std::map<std::string, WorkerRecord> workers;
  for (const std::string& node : job.nodes()) {
    const space::Record* record = replica.get(space::kState, worker_key(job.submit.job, node));
    if (record == nullptr) continue;
    auto worker = worker_from_json(record->body);
    if (worker && worker->epoch == job.epoch) workers[node] = std::move(*worker);
  }
  return workers;
}

std::map<std::string, TopicRate> planned_rates(const std::string& plan) {
  auto rates = guarded(plan, [](const Json& v) {
    std::map<std::string, TopicRate> read;
    for (const auto& [topic, bps] : v.at("rates_bps").items()) {
      const auto source = rate_source(v.at("rate_sources").value(topic, std::string()));
      read[topic] = {checked_rate(bps.get<std::int64_t>()), source.value_or(RateSource::kAssumed)};
    }
    return read;
  });
  return rates ? std::move(*rates) : std::map<std::string, TopicRate>();
}

std::map<std::string, std::int64_t> planned_cpu(const std::string& plan) {
  auto cpu = guarded(plan, [](const Json& v) {
    return get<std::map<std::string, std::int64_t>>(v, "cpu_millis");
  });
  return cpu ? std::move(*cpu) : std::map<std::string, std::int64_t>();
}

std::vector<TopicRecord> read_topics(const space::Replica& replica) {
  std::map<std::string, TopicRecord> topics;
  for (const JobView& job : read_jobs(replica)) {
    if (job.end) continue;
    const auto manifest = graph::manifest_from_json(job.submit.manifest);
    if (!manifest) continue;
    const auto rates = planned_rates(job.submit.plan);
    for (const graph::TaskDecl& task : manifest->graph.tasks) {
      const auto node = job.submit.assign.find(task.name);
      if (node == job.submit.assign.end()) continue;
      for (const graph::Port& port : task.pub) {
        const auto rate = rates.find(port.topic);
        topics[port.topic] = {port.topic,
                              port.type,
                              job.submit.job,
                              task.name,
                              node->second,
                              0,
                              rate == rates.end() ? TopicRate{} : rate->second};
      }
    }
  }
  for (const auto& [key, record] : replica.list(space::kState, "topic/")) {
    const auto measured = topic_from_json(record->body);
    const auto known = measured ? topics.find(measured->topic) : topics.end();
    if (known == topics.end() || known->second.job != measured->job) continue;
    if (measured->rate.bps == 0) continue;  // one sample makes no rate
    known->second.rate_hz = measured->rate_hz;
    known->second.rate = measured->rate;
  }
  std::vector<TopicRecord> list;
  for (auto& [name, topic] : topics) list.push_back(std::move(topic));
  return list;
}

std::vector<PublishedTopic> read_published(const space::Replica& replica) {
  std::vector<PublishedTopic> topics;
  for (const TopicRecord& topic : read_topics(replica))
    topics.push_back({topic.topic, topic.node, topic.type, topic.rate});
  return topics;
}

namespace {

/// What a job takes of each node: where its plan rests on fusion less than its tasks ask for one by
/// one, but never less than one of them does.
std::map<std::string, std::int64_t> taken_cpu(const graph::Manifest& manifest,
                                              const SubmitRecord& submit) {
  std::map<std::string, std::int64_t> sum;
  std::map<std::string, std::int64_t> largest;
  for (const auto& [task, node] : submit.assign) {
    if (manifest.graph.find(task) == nullptr) continue;
    sum[node] += manifest.cpu_millis(task);
    largest[node] = std::max(largest[node], manifest.cpu_millis(task));
  }
  for (const auto& [node, cpu] : planned_cpu(submit.plan)) {
    if (const auto found = sum.find(node); found != sum.end())
      found->second = std::clamp(cpu, largest[node], found->second);
  }
  return sum;
}

}  // namespace

std::vector<NodeInfo> read_nodes(const space::Replica& replica) {
  std::vector<NodeInfo> nodes;
  for (const auto& [key, record] : replica.list(space::kState, "node/")) {
    if (auto node = node_from_json(record->body)) nodes.push_back(std::move(*node));
  }
  for (NodeInfo& node : nodes) node.free_cpu_millis = node.cpu_millis;
  std::map<std::string, std::int64_t> reserved;
  for (const JobView& job : read_jobs(replica)) {
    if (job.end) continue;
    const auto manifest = graph::manifest_from_json(job.submit.manifest);
    if (!manifest) continue;
    const auto taken = taken_cpu(*manifest, job.submit);
    for (NodeInfo& info : nodes) {
      if (const auto found = taken.find(info.id); found != taken.end())
        info.free_cpu_millis -= std::min(info.free_cpu_millis, found->second);
    }
    for (const auto& [task, node] : job.submit.assign) {
      if (manifest->graph.find(task) != nullptr) reserved[node] += manifest->memory_bytes(task);
    }
  }
  // How much of what the machine uses is reserved memory, nobody knows: free is what both leave.
  for (NodeInfo& node : nodes) {
    if (!node.memory) continue;
    const std::int64_t unreserved = *node.memory - std::min(*node.memory, reserved[node.id]);
    node.free_memory = std::min(node.free_memory.value_or(unreserved), unreserved);
  }
  return nodes;
}

std::optional<JobView> find_job(const space::Replica& replica, const std::string& name) {
  if (auto job = read_job(replica, name)) return job;
  const auto jobs = read_jobs(replica);
  const auto found = std::find_if(jobs.rbegin(), jobs.rend(),
                                  [&](const JobView& job) { return job.submit.name == name; });
  return found == jobs.rend() ? std::nullopt : std::optional(*found);
}

std::string state_of(const JobView& job) {
  if (job.end) return job.end->state;
  if (job.stopping) return "stopping";
  return job.started ? "running" : "starting";
}

}  // namespace mort::agent
