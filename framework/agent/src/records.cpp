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
               {"lanes", r.lanes},
               {"request", r.request}});
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
                   get<std::map<std::string, int>>(v, "lanes"),
                   v.value("request", std::string())};
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

std::string to_json(const NodeInfo& n, const Beat& beat) {
  Json out = {{"id", n.id},
              {"arch", n.arch},
              {"cpu_millis", n.cpu_millis},
              {"free_cpu_millis", n.free_cpu_millis},
              {"utilization", n.utilization},
              {"labels", n.labels},
              {"takes_tasks", n.takes_tasks}};
  if (n.memory) out["memory"] = *n.memory;
  if (n.free_memory) out["free_memory"] = *n.free_memory;
  out["up_ms"] = beat.up_ms;
  out["address"] = beat.address;
  return dump(out);
}

std::optional<Beat> beat_from_json(std::string_view text) {
  return guarded(text, [](const Json& v) {
    Beat beat{get<std::int64_t>(v, "up_ms"), get<std::string>(v, "address")};
    if (beat.address.size() > 256) throw std::out_of_range("address");
    return beat;
  });
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

std::string state_of(const JobView& job) {
  if (job.end) return job.end->state;
  if (job.stopping) return "stopping";
  return job.started ? "running" : "starting";
}

}  // namespace mort::agent
