#include "views.hpp"

#include <nlohmann/json.hpp>

#include "accounting.hpp"

namespace mort::agent {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// A document of someone else; null when it is none.
Json parse(const std::string& text) {
  Json json = Json::parse(text, nullptr, false);
  return json.is_discarded() ? Json() : json;
}

double microseconds(Nanoseconds time) {
  return static_cast<double>(time.count()) / 1000.0;
}

Json to_value(const worker::Delay& delay) {
  return {{"p50", microseconds(delay.p50)},
          {"p99", microseconds(delay.p99)},
          {"max", microseconds(delay.max)}};
}

Json to_value(const std::string& topic, const std::string& type, const TopicAccount& summary) {
  Histogram latency;
  std::uint64_t delivered = 0;
  std::uint64_t lost = 0;
  Json subscribers = Json::array();
  for (const auto& subscriber : summary.subscribers) {
    latency.merge(subscriber.latency);
    delivered += subscriber.delivered;
    lost += subscriber.lost;
    subscribers.push_back({{"task", subscriber.task},
                           {"expected", subscriber.expected},
                           {"delivered", subscriber.delivered},
                           {"lost", subscriber.lost}});
  }
  const auto& published = summary.published;
  const double bytes = published.sent == 0 ? 0
                                           : static_cast<double>(published.bytes) /
                                                 static_cast<double>(published.sent);
  return {{"topic", topic},
          {"type", type},
          {"rate_hz", published.rate_hz},
          {"bytes_per_sample", bytes},
          {"sent", published.sent},
          {"delivered", delivered},
          {"lost", lost},
          {"refused", summary.refused},
          {"paths",
           {{"memory", published.memory_bytes},
            {"shm", summary.local_bytes},
            {"network", summary.network_bytes}}},
          {"latency_us",
           {{"p50", microseconds(latency.quantile(0.5))},
            {"p99", microseconds(latency.quantile(0.99))},
            {"max", microseconds(latency.max())}}},
          {"subscribers", std::move(subscribers)}};
}

Json topics_of(const std::map<std::string, WorkerRecord>& workers, const graph::TaskGraph& graph) {
  Json list = Json::array();
  for (const auto& [topic, summary] : account(workers, graph))
    list.push_back(to_value(topic, graph.type_of(topic), summary));
  return list;
}

void put_stats(Json& entry, const worker::TaskStats& stats) {
  entry["run_s"] = stats.run_s;
  entry["cpu_s"] = stats.cpu_s;
  entry["active_s"] = stats.active_s;
  entry["runs"] = stats.runs;
  entry["ticks"] = stats.ticks;
  entry["missed_ticks"] = stats.missed_ticks;
  entry["overruns"] = stats.overruns;
  entry["queueing_us"] = to_value(stats.queueing);
  entry["lateness_us"] = to_value(stats.lateness);
}

/// The state of a task is what its worker said last; on a node that has gone silent it is "lost".
Json tasks_of(const Fleet& fleet, const JobView& job,
              const std::map<std::string, WorkerRecord>& workers) {
  Json list = Json::array();
  for (const auto& [task, node] : job.submit.assign) {
    Json entry = {{"job", job.submit.job}, {"task", task},       {"node", node},
                  {"epoch", job.epoch},    {"state", "waiting"}, {"message", ""}};
    put_stats(entry, {});
    if (const auto found = workers.find(node); found != workers.end()) {
      const WorkerRecord& worker = found->second;
      if (const auto state = worker.task_states.find(task); state != worker.task_states.end())
        entry["state"] = state->second;
      if (const auto text = worker.task_messages.find(task); text != worker.task_messages.end())
        entry["message"] = text->second;
      for (const auto& stats : worker.stats.tasks) {
        if (stats.task != task) continue;
        put_stats(entry, stats);
      }
    }
    if (!job.end && !fleet.is_alive(node)) entry["state"] = "lost";
    list.push_back(std::move(entry));
  }
  return list;
}

Json job_row(const JobView& job) {
  return {{"job", job.submit.job},
          {"name", job.submit.name},
          {"state", state_of(job)},
          {"ended", job.end.has_value()},
          {"epoch", job.epoch},
          {"owner", job.submit.owner},
          {"user", job.submit.user},
          {"submitted_ms", job.submit.submitted_ms},
          {"reason", job.end ? job.end->reason : ""}};
}

}  // namespace

std::string view_nodes(const Fleet& fleet) {
  Json list = Json::array();
  for (const NodeInfo& node : fleet.nodes()) {
    list.push_back({{"node", node.id},
                    {"arch", node.arch},
                    {"cpu", static_cast<double>(node.cpu_millis) / 1000},
                    {"free_cpu", static_cast<double>(node.free_cpu_millis) / 1000},
                    {"utilization", node.utilization},
                    {"memory", node.memory ? Json(*node.memory) : Json()},
                    {"free_memory", node.free_memory ? Json(*node.free_memory) : Json()},
                    {"takes_tasks", node.takes_tasks},
                    {"labels", node.labels}});
  }
  return dump(list);
}

std::string view_jobs(const Fleet& fleet) {
  Json list = Json::array();
  for (const Job* job : fleet.jobs()) list.push_back(job_row(job->view));
  return dump(list);
}

std::string view_tasks(const Fleet& fleet) {
  Json list = Json::array();
  for (const Job* job : fleet.live_jobs()) {
    for (Json& task : tasks_of(fleet, job->view, fleet.workers(job->view)))
      list.push_back(std::move(task));
  }
  return dump(list);
}

std::string view_topics(const Fleet& fleet, const std::vector<PublishedTopic>& external) {
  Json list = Json::array();
  for (const TopicRecord& topic : fleet.topics()) {
    list.push_back({{"topic", topic.topic},
                    {"type", topic.type},
                    {"job", topic.job},
                    {"task", topic.task},
                    {"node", topic.node},
                    {"rate_hz", topic.rate_hz},
                    {"rate_bps", topic.rate.bps},
                    {"rate_source", to_string(topic.rate.source)}});
  }
  for (const PublishedTopic& topic : external) {
    list.push_back({{"topic", topic.topic},
                    {"type", topic.type},
                    {"job", ""},
                    {"task", ""},
                    {"node", topic.node},
                    {"rate_hz", 0.0},
                    {"rate_bps", topic.rate.bps},
                    {"rate_source", to_string(topic.rate.source)},
                    {"reliable", topic.reliable}});
  }
  return dump(list);
}

std::string view_job(const Fleet& fleet, const Job& job,
                     const std::map<std::string, std::string>& results) {
  const auto workers = fleet.workers(job.view);
  const auto manifest = manifest_of(job);
  Json out = job_row(job.view);
  out["plan"] = parse(job.view.submit.plan);
  out["tasks"] = tasks_of(fleet, job.view, workers);
  out["topics"] = manifest ? topics_of(workers, manifest->graph) : Json::array();
  out["workers"] = Json::array();
  for (const auto& [node, worker] : workers) {
    out["workers"].push_back({{"node", node},
                              {"phase", to_string(worker.phase)},
                              {"message", worker.message},
                              {"crashes", worker.crashes}});
  }
  out["results"] = Json::object();
  for (const auto& [topic, text] : results) out["results"][topic] = parse(text);
  return dump(out);
}

}  // namespace mort::agent
