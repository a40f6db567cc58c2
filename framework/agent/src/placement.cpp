#include "mort/agent/placement.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>

#include "instance_builder.hpp"
#include "mort/base/process.hpp"
#include "mort/dds_topics/wire_names.hpp"
#include "mort/offload/explain.hpp"
#include "mort/worker/config.hpp"
#include "mort/worker/topic_qos.hpp"

namespace mort::agent {
namespace {

constexpr std::string_view kRateSources[] = {"measured", "expected", "assumed"};

}  // namespace

std::string_view to_string(RateSource source) {
  return kRateSources[static_cast<int>(source)];
}

std::optional<RateSource> rate_source(std::string_view text) {
  const auto* found = std::find(std::begin(kRateSources), std::end(kRateSources), text);
  if (found == std::end(kRateSources)) return std::nullopt;
  return static_cast<RateSource>(found - std::begin(kRateSources));
}

std::vector<NodeInfo> equal_nodes(int count, double cpu) {
  std::vector<NodeInfo> nodes;
  const auto millis = static_cast<std::int64_t>(std::llround(cpu * 1000));
  for (int i = 0; i < count; ++i) {
    nodes.push_back({"node" + std::to_string(i),
                     machine_architecture(),
                     millis,
                     millis,
                     0,
                     {},
                     true,
                     std::nullopt,
                     std::nullopt});
  }
  return nodes;
}

std::vector<PublishedTopic> as_named_in(const graph::Manifest& manifest,
                                        const std::vector<PublishedTopic>& published) {
  std::vector<PublishedTopic> named;
  for (const PublishedTopic& topic : published) {
    if (topic.node != kExternalNode) named.push_back(topic);
  }
  for (const std::string& topic : manifest.graph.virtual_topics()) {
    const auto here = [&](const PublishedTopic& one) { return one.topic == topic; };
    if (std::any_of(named.begin(), named.end(), here)) continue;
    const std::string type = manifest.graph.type_of(topic);
    const auto wire = dds_topics::wire_names({topic, type, manifest.job.topic(topic).ros2});
    if (!wire) continue;
    std::optional<PublishedTopic> found;
    for (const PublishedTopic& candidate : published) {
      if (candidate.node != kExternalNode || candidate.topic != wire->name) continue;
      const bool right = candidate.type == wire->type;
      if (found && !right) continue;  // under one name there may be several types
      found = candidate;
      found->topic = topic;
      if (right) found->type = type;
    }
    if (found) named.push_back(std::move(*found));
  }
  return named;
}

namespace {

/// Refuses a topic that the job reads and neither the job nor `published` has, or has so that the
/// two ends would not match.
Result<void> check_virtual_topics(const graph::Manifest& manifest,
                                  const std::vector<PublishedTopic>& published) {
  for (const std::string& topic : manifest.graph.virtual_topics()) {
    const graph::TaskDecl* reader = manifest.graph.subscribers_of(topic).front();
    const auto port =
        std::find_if(reader->sub.begin(), reader->sub.end(),
                     [&](const graph::Port& candidate) { return candidate.topic == topic; });
    const auto known =
        std::find_if(published.begin(), published.end(),
                     [&](const PublishedTopic& candidate) { return candidate.topic == topic; });
    if (known == published.end() && manifest.graph.may_be_absent(topic)) continue;
    if (known == published.end()) {
      return fail(
          ErrorCode::kInvalid,
          "task " + reader->name + " subscribes to topic \"" + topic + "\", which nobody publishes",
          to_string(port->place),
          "publish it from a task of this job, start the job or the DDS program that publishes it "
          "first, or mend the name; `mort topics` lists what is published");
    }
    if (known->type != port->type) {
      return fail(ErrorCode::kInvalid,
                  "task " + reader->name + " reads topic \"" + topic + "\" as " + port->type +
                      ", but it is published as " + known->type,
                  to_string(port->place), "use one message type on both ends");
    }
    if (!known->reliable &&
        manifest.job.topic(topic).reliability == graph::Reliability::kReliable) {
      return fail(ErrorCode::kInvalid,
                  "task " + reader->name + " reads topic \"" + topic +
                      "\" reliably, but the program that publishes it offers best effort",
                  to_string(port->place),
                  "say `topics: {" + topic +
                      ": {reliability: best_effort}}`, or have the program "
                      "offer RELIABLE");
    }
  }
  return {};
}

/// Reads nothing and runs nothing: what comes from there crosses the network wherever it is read.
NodeInfo external_node() {
  NodeInfo node;
  node.id = kExternalNode;
  node.takes_tasks = false;
  return node;
}

/// A publisher that waits keeps what readers elsewhere have not acknowledged: its history, no more.
void add_holds(const graph::Manifest& manifest, const InstanceBuilder& builder,
               Placement& placement) {
  placement.hold_for_ns = manifest.job.hold_for_ns;
  placement.after_hold = manifest.job.after_hold;
  const auto follow = placement.assign.find(std::string(worker::kFollowTask));
  for (const std::string& topic : manifest.graph.topics()) {
    const graph::TaskDecl* publisher = manifest.graph.publisher_of(topic);
    if (publisher == nullptr || !manifest.job.topic(topic).block) continue;
    const std::string& home = placement.assign.at(publisher->name);
    const auto readers = manifest.graph.subscribers_of(topic);
    bool crosses = readers.empty() && follow != placement.assign.end() && follow->second != home;
    for (const graph::TaskDecl* reader : readers)
      crosses = crosses || placement.assign.at(reader->name) != home;
    if (crosses)
      placement.held_bytes[topic] =
          worker::qos_of(manifest, topic).max_samples * builder.largest_bytes(topic);
  }
}

}  // namespace

Result<Placement> place(const graph::Manifest& manifest, const Surroundings& given,
                        const offload::Options& options) {
  Surroundings surroundings = given;
  surroundings.published = as_named_in(manifest, given.published);
  MORT_TRY_VOID(check_virtual_topics(manifest, surroundings.published));
  if (given.nodes.empty())
    return fail(ErrorCode::kInfeasible, "the fleet has no nodes", {},
                "start agents with `mort agent`");
  auto& nodes = surroundings.nodes;
  std::stable_sort(nodes.begin(), nodes.end(), [](const NodeInfo& a, const NodeInfo& b) {
    return a.utilization != b.utilization ? a.utilization < b.utilization : a.id < b.id;
  });
  if (std::any_of(surroundings.published.begin(), surroundings.published.end(),
                  [](const PublishedTopic& topic) { return topic.node == kExternalNode; }))
    nodes.push_back(external_node());
  InstanceBuilder builder(manifest, surroundings);
  MORT_TRY(instance, builder.build());
  MORT_TRY(plan, offload::plan(instance, options));
  if (!plan.bound) plan.bound = offload::bound(instance, plan);  // auto may have proved one
  Placement placement;
  for (std::size_t i = 0; i < builder.names.size(); ++i) {
    placement.assign[builder.names[i]] = nodes[static_cast<std::size_t>(plan.assign[i])].id;
    // A plan may ask for more threads than a worker has; the lanes beyond share those below.
    if (plan.lanes.size() == builder.names.size())
      placement.lanes[builder.names[i]] = plan.lanes[i] % worker::kMaxLanes;
  }
  for (const offload::Reason& reason : offload::explain(instance, plan)) {
    placement.reasons.push_back({builder.names[static_cast<std::size_t>(reason.task)],
                                 nodes[static_cast<std::size_t>(reason.node)].id, reason.text});
  }
  for (const offload::NodeUse& use : offload::node_uses(instance, plan)) {
    if (use.tasks > 0) placement.cpu_millis[nodes[static_cast<std::size_t>(use.node)].id] = use.cpu;
  }
  placement.instance = std::move(instance);
  placement.plan = std::move(plan);
  placement.rates = std::move(builder.rates);
  add_holds(manifest, builder, placement);
  return placement;
}

namespace {

nlohmann::ordered_json summary(const Placement& placement) {
  nlohmann::ordered_json out = {{"algorithm", placement.plan.algorithm},
                                {"model", placement.plan.model},
                                {"objective", placement.plan.objective},
                                {"choice", placement.plan.choice},
                                {"assign", placement.assign},
                                {"lanes", placement.lanes},
                                {"cpu_millis", placement.cpu_millis},
                                {"profit_bps", placement.plan.profit},
                                {"total_bps", placement.plan.total},
                                {"traffic_bps", placement.plan.traffic},
                                {"bound_bps", nullptr},
                                {"rates_bps", nlohmann::json::object()},
                                {"rate_sources", nlohmann::json::object()},
                                {"reasons", nlohmann::json::array()},
                                {"assumed", nlohmann::json::array()}};
  if (placement.plan.bound) out["bound_bps"] = *placement.plan.bound;
  for (const auto& [topic, rate] : placement.rates) {
    out["rates_bps"][topic] = rate.bps;
    out["rate_sources"][topic] = to_string(rate.source);
    if (rate.source == RateSource::kAssumed) out["assumed"].push_back(topic);
  }
  if (!placement.held_bytes.empty()) {
    out["hold"] = {{"for_ns", placement.hold_for_ns},
                   {"then", placement.after_hold == graph::AfterHold::kGoOn ? "go_on" : "fail"},
                   {"bytes", placement.held_bytes}};
  }
  for (const PlacementReason& reason : placement.reasons) {
    out["reasons"].push_back({{"task", reason.task}, {"node", reason.node}, {"why", reason.why}});
  }
  return out;
}

}  // namespace

std::string to_json(const Placement& placement) {
  return summary(placement).dump();
}

std::string to_json_with_instance(const Placement& placement) {
  nlohmann::ordered_json out = summary(placement);
  out["instance"] = nlohmann::ordered_json::parse(graph::to_json(placement.instance));
  out["plan"] = nlohmann::ordered_json::parse(graph::to_json(placement.plan));
  return out.dump();
}

}  // namespace mort::agent
