#include "running_plan.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "instance_builder.hpp"
#include "measurements.hpp"
#include "mort/worker/config.hpp"

namespace mort::agent {
namespace {

using Json = nlohmann::ordered_json;

/// What came from other nodes.
struct Counted {
  std::uint64_t bytes = 0;
  double bps = 0;
  void add(std::uint64_t more, double seconds) {
    bytes += more;
    if (seconds > 0) bps += 8 * static_cast<double>(more) / seconds;
  }
};

std::map<std::string, Counted> counted_by_topic(
    const std::map<std::string, WorkerRecord>& workers) {
  std::map<std::string, Counted> counted;
  for (const auto& [node, worker] : workers) {
    for (const auto& received : worker.stats.received)
      counted[received.topic].add(received.network_bytes, worker.stats.active_s);
  }
  return counted;
}

/// The nodes that play a part, as the instance needs them: they offer nothing more.
std::vector<NodeInfo> nodes_of(const JobView& job, const std::vector<PublishedTopic>& published) {
  std::set<std::string> ids;
  for (const auto& [task, node] : job.submit.assign) ids.insert(node);
  for (const PublishedTopic& topic : published) ids.insert(topic.node);
  std::vector<NodeInfo> nodes;
  for (const std::string& id : ids) {
    NodeInfo node;
    node.id = id;
    nodes.push_back(std::move(node));
  }
  return nodes;
}

/// Where each task of the instance is; -1 for one that the record does not place.
std::vector<std::int32_t> assignment(const JobView& job, const InstanceBuilder& builder,
                                     const std::vector<NodeInfo>& nodes) {
  std::vector<std::int32_t> assign;
  for (const std::string& name : builder.names) {
    const auto placed = job.submit.assign.find(name);
    const auto node = std::find_if(nodes.begin(), nodes.end(), [&](const NodeInfo& one) {
      return placed != job.submit.assign.end() && one.id == placed->second;
    });
    assign.push_back(node == nodes.end() ? -1 : static_cast<std::int32_t>(node - nodes.begin()));
  }
  return assign;
}

/// The workers elsewhere that read each topic of the job.
std::map<std::string, std::int64_t> crossings(const graph::Instance& instance,
                                              const std::vector<std::int32_t>& assign) {
  std::map<std::string, std::set<std::int32_t>> remote;
  for (const auto& edge : instance.edges) {
    if (assign[edge.from] != assign[edge.to]) remote[edge.topic].insert(assign[edge.to]);
  }
  for (const auto& edge : instance.virtual_edges) {
    const auto& source = instance.virtuals[edge.virtual_task];
    if (source.node != assign[edge.to]) remote[source.topic].insert(assign[edge.to]);
  }
  std::map<std::string, std::int64_t> counts;
  for (const auto& [topic, nodes] : remote) counts[topic] = static_cast<std::int64_t>(nodes.size());
  return counts;
}

Json topics_of(const std::map<std::string, TopicRate>& rates,
               const std::map<std::string, TopicRate>& planned,
               const std::map<std::string, std::int64_t>& crossing,
               const std::map<std::string, Counted>& counted) {
  Json list = Json::array();
  for (const auto& [topic, rate] : rates) {
    const auto before = planned.find(topic);
    const auto across = crossing.find(topic);
    const std::int64_t workers = across == crossing.end() ? 0 : across->second;
    const auto count = counted.find(topic);
    const Counted came = count == counted.end() ? Counted{} : count->second;
    list.push_back({{"topic", topic},
                    {"rate_bps", rate.bps},
                    {"rate_source", to_string(rate.source)},
                    {"planned_bps", before == planned.end() ? 0 : before->second.bps},
                    {"remote_workers", workers},
                    {"traffic_bps", rate.bps * workers},
                    {"network_bytes", came.bytes},
                    {"network_bps", came.bps}});
  }
  return list;
}

Json figures_of(const std::string& plan) {
  Json figures = Json::object();
  const Json whole = Json::parse(plan, nullptr, false);
  for (const char* name : {"profit_bps", "total_bps", "traffic_bps"})
    figures[name] = whole.is_object() && whole.contains(name) ? whole[name] : Json();
  return figures;
}

}  // namespace

Result<std::string> view_running_plan(const Fleet& fleet, const Job& of,
                                      const std::vector<PublishedTopic>& external) {
  const JobView& job = of.view;
  const auto manifest_ptr = manifest_of(of);
  if (manifest_ptr == nullptr)
    return fail(ErrorCode::kInvalid,
                "job " + job.submit.job + " has a manifest that cannot be read");
  const graph::Manifest& manifest = *manifest_ptr;
  Surroundings surroundings;
  auto published = fleet.published();
  published.insert(published.end(), external.begin(), external.end());
  surroundings.published = as_named_in(manifest, published);
  surroundings.nodes = nodes_of(job, surroundings.published);
  surroundings.measured = read_measurements(fleet, job, manifest);
  const auto follow = job.submit.assign.find(std::string(worker::kFollowTask));
  if (follow != job.submit.assign.end()) surroundings.follow_node = follow->second;
  InstanceBuilder builder(manifest, surroundings);
  const graph::Instance instance = builder.build_unconstrained();
  const auto assign = assignment(job, builder, surroundings.nodes);
  const offload::Figures figures = offload::evaluate(instance, assign);
  const auto counted = counted_by_topic(fleet.workers(job));
  Counted all;
  for (const auto& [topic, one] : counted) {
    all.bytes += one.bytes;
    all.bps += one.bps;
  }
  const Json out = {{"job", job.submit.job},
                    {"state", state_of(job)},
                    {"epoch", job.epoch},
                    {"assign", job.submit.assign},
                    {"planned", figures_of(job.submit.plan)},
                    {"measured",
                     {{"profit_bps", figures.profit},
                      {"total_bps", figures.total},
                      {"traffic_bps", figures.traffic}}},
                    {"counted", {{"network_bytes", all.bytes}, {"network_bps", all.bps}}},
                    {"topics", topics_of(builder.rates, planned_rates(job.submit.plan),
                                         crossings(instance, assign), counted)}};
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace mort::agent
