#include "mort/worker/protocol.hpp"

#include <nlohmann/json.hpp>

namespace mort::worker {
namespace {

using Json = nlohmann::json;

constexpr const char* kEventNames[] = {"joined", "ready", "refused", "task",   "log",
                                       "result", "stats", "done",    "broken", "alive"};
constexpr const char* kCommandNames[] = {"start", "stop", "rights", "exit"};

Json to_value(const std::set<Denial>& denied) {
  Json list = Json::array();
  for (const Denial& denial : denied) {
    list.push_back({{"task", denial.task}, {"topic", denial.topic}, {"publish", denial.publish}});
  }
  return list;
}

std::set<Denial> denied_from(const Json& list) {
  std::set<Denial> denied;
  for (const Json& entry : list) {
    denied.insert({entry.at("task").get<std::string>(), entry.at("topic").get<std::string>(),
                   entry.at("publish").get<bool>()});
  }
  return denied;
}

Json to_value(const bus::Network& network) {
  return {{"domain", network.domain},       {"interfaces", network.interfaces},
          {"peers", network.peers},         {"max_datagram", network.max_datagram},
          {"bulk_rate", network.bulk_rate}, {"shared_memory", network.shared_memory}};
}

bus::Network network_from(const Json& v) {
  return {v.at("domain").get<std::uint32_t>(),
          v.at("interfaces").get<std::vector<std::string>>(),
          v.at("peers").get<std::vector<std::string>>(),
          v.at("max_datagram").get<std::uint32_t>(),
          v.at("bulk_rate").get<std::uint64_t>(),
          v.at("shared_memory").get<bool>()};
}

Json to_value(const Histogram& histogram) {
  Json buckets = Json::array();
  for (std::size_t i = 0; i < Histogram::kBuckets; ++i) {
    if (histogram.buckets()[i] != 0) buckets.push_back({i, histogram.buckets()[i]});
  }
  return {{"max_ns", histogram.max().count()}, {"buckets", std::move(buckets)}};
}

Histogram histogram_from(const Json& value) {
  Histogram histogram;
  for (const Json& bucket : value.at("buckets")) {
    histogram.add_bucket(bucket.at(0).get<std::size_t>(), bucket.at(1).get<std::uint32_t>());
  }
  histogram.raise_max(Nanoseconds(value.at("max_ns").get<std::int64_t>()));
  return histogram;
}

Json to_value(const Delay& delay) {
  return {{"count", delay.count},
          {"p50_ns", delay.p50.count()},
          {"p99_ns", delay.p99.count()},
          {"max_ns", delay.max.count()}};
}

Delay delay_from(const Json& value) {
  const auto time = [&](const char* key) { return Nanoseconds(value.at(key).get<std::int64_t>()); };
  return {value.at("count").get<std::uint64_t>(), time("p50_ns"), time("p99_ns"), time("max_ns")};
}

Json to_value(const Stats& stats) {
  Json out = {{"published", Json::array()}, {"subscribed", Json::array()},
              {"received", Json::array()},  {"tasks", Json::array()},
              {"clocks", Json::array()},    {"active_s", stats.active_s}};
  for (const auto& s : stats.published) {
    out["published"].push_back({{"topic", s.topic},
                                {"task", s.task},
                                {"type", s.type},
                                {"sent", s.sent},
                                {"bytes", s.bytes},
                                {"memory_bytes", s.memory_bytes},
                                {"rate_hz", s.rate_hz}});
  }
  for (const auto& s : stats.subscribed) {
    out["subscribed"].push_back({{"topic", s.topic},
                                 {"task", s.task},
                                 {"expected", s.expected},
                                 {"delivered", s.delivered},
                                 {"lost", s.lost},
                                 {"waiting", s.waiting},
                                 {"left", s.left},
                                 {"latency", to_value(s.latency)}});
  }
  for (const auto& s : stats.received) {
    Json writers = Json::array();
    for (const auto& w : s.writers) writers.push_back({w.incarnation, w.after, w.base});
    out["received"].push_back({{"topic", s.topic},
                               {"samples", s.samples},
                               {"local_bytes", s.local_bytes},
                               {"network_bytes", s.network_bytes},
                               {"refused", s.refused},
                               {"origin", s.origin},
                               {"writers", std::move(writers)}});
  }
  for (const auto& s : stats.tasks) {
    out["tasks"].push_back({{"task", s.task},
                            {"state", s.state},
                            {"run_s", s.run_s},
                            {"runs", s.runs},
                            {"ticks", s.ticks},
                            {"missed_ticks", s.missed_ticks},
                            {"overruns", s.overruns},
                            {"cpu_s", s.cpu_s},
                            {"active_s", s.active_s},
                            {"queueing", to_value(s.queueing)},
                            {"lateness", to_value(s.lateness)}});
  }
  for (const auto& s : stats.clocks) {
    out["clocks"].push_back(
        {{"node", s.node}, {"offset_ns", s.offset.count()}, {"error_ns", s.error.count()}});
  }
  return out;
}

Stats stats_from(const Json& value) {
  Stats stats;
  for (const Json& v : value.at("published")) {
    stats.published.push_back({v.at("topic").get<std::string>(), v.at("task").get<std::string>(),
                               v.at("type").get<std::string>(), v.at("sent").get<std::uint64_t>(),
                               v.at("bytes").get<std::uint64_t>(),
                               v.at("memory_bytes").get<std::uint64_t>(),
                               v.at("rate_hz").get<double>()});
  }
  for (const Json& v : value.at("subscribed")) {
    stats.subscribed.push_back(
        {v.at("topic").get<std::string>(), v.at("task").get<std::string>(),
         v.at("expected").get<std::uint64_t>(), v.at("delivered").get<std::uint64_t>(),
         v.at("lost").get<std::uint64_t>(), v.at("waiting").get<std::uint64_t>(),
         v.at("left").get<bool>(), histogram_from(v.at("latency"))});
  }
  for (const Json& v : value.at("received")) {
    std::vector<ReceivedStats::Writer> writers;
    for (const Json& w : v.at("writers")) {
      writers.push_back({w.at(0).get<std::uint32_t>(), w.at(1).get<std::uint64_t>(),
                         w.at(2).get<std::uint64_t>()});
    }
    stats.received.push_back(
        {v.at("topic").get<std::string>(), v.at("samples").get<std::uint64_t>(),
         v.at("local_bytes").get<std::uint64_t>(), v.at("network_bytes").get<std::uint64_t>(),
         v.at("refused").get<std::uint64_t>(), v.at("origin").get<std::uint64_t>(),
         std::move(writers)});
  }
  for (const Json& v : value.at("tasks")) {
    TaskStats task;
    task.task = v.at("task").get<std::string>();
    task.state = v.at("state").get<std::string>();
    task.run_s = v.at("run_s").get<double>();
    task.runs = v.at("runs").get<std::uint64_t>();
    task.ticks = v.at("ticks").get<std::uint64_t>();
    task.missed_ticks = v.at("missed_ticks").get<std::uint64_t>();
    task.overruns = v.at("overruns").get<std::uint64_t>();
    task.cpu_s = v.at("cpu_s").get<double>();
    task.active_s = v.at("active_s").get<double>();
    task.queueing = delay_from(v.at("queueing"));
    task.lateness = delay_from(v.at("lateness"));
    stats.tasks.push_back(std::move(task));
  }
  for (const Json& v : value.at("clocks")) {
    stats.clocks.push_back({v.at("node").get<std::string>(),
                            Nanoseconds(v.at("offset_ns").get<std::int64_t>()),
                            Nanoseconds(v.at("error_ns").get<std::int64_t>())});
  }
  stats.active_s = value.at("active_s").get<double>();
  return stats;
}

template <std::size_t N>
int index_of(const char* const (&names)[N], const std::string& name) {
  for (std::size_t i = 0; i < N; ++i) {
    if (name == names[i]) return static_cast<int>(i);
  }
  throw std::invalid_argument("unknown kind \"" + name + "\"");
}

/// Runs a reader of a document; what nlohmann throws stops here.
template <class Read>
auto guarded(const char* what, std::string_view text, Read read) -> Result<decltype(read(Json()))> {
  try {
    return read(Json::parse(text));
  } catch (const std::exception& e) {
    return fail(ErrorCode::kInvalid, std::string(what) + ": " + e.what());
  }
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string to_json(const Config& config) {
  return dump({{"job", config.job},
               {"node", config.node},
               {"epoch", config.epoch},
               {"incarnation", config.incarnation},
               {"restarted", config.restarted},
               {"manifest", graph::to_json(config.manifest)},
               {"assign", config.assign},
               {"library", config.library},
               {"params", config.params},
               {"denied", to_value(config.denied)},
               {"lanes", config.lanes},
               {"network", to_value(config.network)}});
}

Result<Config> config_from_json(std::string_view text) {
  std::string manifest_text;
  auto config = guarded("worker configuration", text, [&](const Json& v) {
    Config c;
    c.job = v.at("job").get<std::string>();
    c.node = v.at("node").get<std::string>();
    c.epoch = v.at("epoch").get<std::uint32_t>();
    c.incarnation = v.at("incarnation").get<std::uint32_t>();
    c.restarted = v.at("restarted").get<bool>();
    manifest_text = v.at("manifest").get<std::string>();
    c.assign = v.at("assign").get<std::map<std::string, std::string>>();
    c.library = v.at("library").get<std::string>();
    c.params = v.at("params").get<std::map<std::string, std::string>>();
    c.denied = denied_from(v.at("denied"));
    c.lanes = v.at("lanes").get<std::map<std::string, int>>();
    for (const auto& [task, lane] : c.lanes) {
      if (lane < 0 || lane >= kMaxLanes) throw std::out_of_range("lane of " + task);
    }
    c.network = network_from(v.at("network"));
    return c;
  });
  if (!config) return config;
  MORT_TRY(manifest, graph::manifest_from_json(manifest_text));
  config->manifest = std::move(manifest);
  return config;
}

std::string to_json(const Command& command) {
  return dump({{"command", kCommandNames[static_cast<int>(command.kind)]},
               {"denied", to_value(command.denied)}});
}

Result<Command> command_from_json(std::string_view line) {
  return guarded("worker command", line, [](const Json& v) {
    Command command;
    command.kind =
        static_cast<Command::Kind>(index_of(kCommandNames, v.at("command").get<std::string>()));
    command.denied = denied_from(v.at("denied"));
    return command;
  });
}

std::string to_json(const Event& event) {
  Json out = {{"event", kEventNames[static_cast<int>(event.kind)]},
              {"task", event.task},
              {"topic", event.topic},
              {"state", event.state},
              {"text", event.text}};
  if (event.kind == Event::Kind::kStats || event.kind == Event::Kind::kDone)
    out["stats"] = to_value(event.stats);
  return dump(out);
}

Result<Event> event_from_json(std::string_view line) {
  return guarded("worker event", line, [](const Json& v) {
    Event event;
    event.kind = static_cast<Event::Kind>(index_of(kEventNames, v.at("event").get<std::string>()));
    event.task = v.at("task").get<std::string>();
    event.topic = v.at("topic").get<std::string>();
    event.state = v.at("state").get<std::string>();
    event.text = v.at("text").get<std::string>();
    if (v.contains("stats")) event.stats = stats_from(v.at("stats"));
    return event;
  });
}

std::optional<Event::Kind> event_kind(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kEventNames); ++i) {
    if (name == kEventNames[i]) return static_cast<Event::Kind>(i);
  }
  return std::nullopt;
}

std::string to_json(const Stats& stats) {
  return dump(to_value(stats));
}

Result<Stats> stats_from_json(std::string_view text) {
  return guarded("worker statistics", text, [](const Json& v) { return stats_from(v); });
}

}  // namespace mort::worker
