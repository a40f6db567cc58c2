#include "mort/agent/placement.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "mort/base/process.hpp"
#include "mort/message/message_type.hpp"
#include "mort/offload/explain.hpp"
#include "mort/worker/config.hpp"

namespace mort::agent {
namespace {

constexpr std::int64_t kAssumedBytes = 1024;
constexpr std::int64_t kAssumedHz = 1;

/// Encoded bytes of a type without strings and sequences; nothing where the size varies.
std::optional<std::int64_t> fixed_size(const graph::TypeTable& types, const std::string& type,
                                       int depth = 0) {
  static const std::map<std::string, std::int64_t> kPrimitives = {
      {"bool", 1},  {"char", 1},   {"int8", 1},  {"uint8", 1},  {"int16", 2}, {"uint16", 2},
      {"int32", 4}, {"uint32", 4}, {"int64", 8}, {"uint64", 8}, {"float", 4}, {"double", 8}};
  if (const auto found = kPrimitives.find(type); found != kPrimitives.end()) return found->second;
  if (depth > 32) return std::nullopt;
  if (types.enums.contains(type)) return 4;
  if (const auto found = types.structs.find(type); found != types.structs.end()) {
    std::int64_t total = 0;
    for (const graph::Field& field : found->second.fields) {
      const auto size = fixed_size(types, field.type, depth + 1);
      if (!size) return std::nullopt;
      total += *size;
    }
    return total;
  }
  if (type.rfind("array<", 0) == 0) {
    const std::size_t comma = type.rfind(',');
    const auto size = fixed_size(types, type.substr(6, comma - 6), depth + 1);
    const std::int64_t length = std::strtoll(type.c_str() + comma + 1, nullptr, 10);
    if (size && length > 0 && *size <= static_cast<std::int64_t>(kMaxPayloadBytes) / length)
      return *size * length;
  }
  return std::nullopt;
}

/// Builds the instance; indices of tasks follow `names`, of nodes the order given (SPEC 5: by
/// utilisation).
class InstanceBuilder {
 public:
  InstanceBuilder(const graph::Manifest& manifest, const std::vector<NodeInfo>& nodes,
                  const std::vector<PublishedTopic>& published)
      : manifest_(manifest), nodes_(nodes), published_(published) {}

  Result<graph::Instance> build(const std::optional<std::string>& follow_node) {
    instance_.name = manifest_.job.name;
    instance_.cpu_per_core = 1000;
    for (const NodeInfo& node : nodes_) {
      instance_.nodes.push_back({node.free_cpu_millis, node.utilization, std::nullopt, node.id});
    }
    names = graph::topological_order(manifest_.graph);
    for (const std::string& name : names) MORT_TRY_VOID(add_task(name));
    if (follow_node) {
      names.emplace_back(worker::kFollowTask);
      const auto node = index_of(*follow_node);
      if (!node)
        return fail(ErrorCode::kInfeasible, "node " + *follow_node + " is not in the fleet");
      instance_.tasks.push_back({0, 0, 0, std::vector<std::int32_t>{*node}, names.back()});
    }
    for (const std::string& topic : manifest_.graph.topics())
      add_topic(topic, follow_node.has_value());
    return std::move(instance_);
  }

  std::vector<std::string> names;
  std::vector<std::string> assumed;
  std::map<std::string, std::int64_t> rates;

 private:
  std::optional<std::int32_t> index_of(const std::string& node) const {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i].id == node) return static_cast<std::int32_t>(i);
    }
    return std::nullopt;
  }
  std::int32_t task_index(const std::string& name) const {
    return static_cast<std::int32_t>(std::find(names.begin(), names.end(), name) - names.begin());
  }

  Result<void> add_task(const std::string& name) {
    const std::int64_t cpu = manifest_.cpu_millis(name);
    std::vector<std::int32_t> allowed;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (may_run_on(name, nodes_[i])) allowed.push_back(static_cast<std::int32_t>(i));
    }
    if (allowed.empty()) return tl::unexpected<Error>(nowhere(name));
    const bool everywhere = allowed.size() == nodes_.size();
    instance_.tasks.push_back(
        {0, cpu, 0, everywhere ? std::nullopt : std::optional(allowed), name});
    return {};
  }

  const graph::TaskSettings* settings(const std::string& task) const {
    const auto found = manifest_.job.tasks.find(task);
    return found == manifest_.job.tasks.end() ? nullptr : &found->second;
  }

  bool may_run_on(const std::string& task, const NodeInfo& node) const {
    if (manifest_.library(node.arch) == nullptr) return false;
    const graph::TaskSettings* wanted = settings(task);
    if (wanted == nullptr) return true;
    if (wanted->node && *wanted->node != node.id) return false;
    return std::all_of(wanted->labels.begin(), wanted->labels.end(), [&](const auto& label) {
      const auto found = node.labels.find(label.first);
      return found != node.labels.end() && found->second == label.second;
    });
  }

  Error nowhere(const std::string& task) const {
    const graph::TaskSettings* wanted = settings(task);
    const std::string where = wanted == nullptr ? std::string() : to_string(wanted->place);
    std::string fleet;
    for (const NodeInfo& node : nodes_)
      fleet += (fleet.empty() ? "" : ", ") + node.id + " (" + node.arch + ")";
    if (wanted != nullptr && wanted->node && !index_of(*wanted->node)) {
      return {
          ErrorCode::kInfeasible,
          "task " + task + " is pinned to node " + *wanted->node + ", which is not in the fleet",
          where, "the fleet has " + fleet + ": start an agent of that id or change `node:`"};
    }
    return {ErrorCode::kInfeasible,
            "no node carries the labels, or has the architecture, that task " + task + " needs",
            where,
            "the fleet has " + fleet +
                ": label a node (`mort agent --label k=v`) or build for its architecture"};
  }

  std::int64_t expected_rate(const std::string& topic, const graph::TaskDecl& publisher) {
    const auto& settings = manifest_.job.topic(topic);
    std::optional<std::int64_t> bytes = settings.bytes;
    if (!bytes) bytes = fixed_size(manifest_.graph.types, manifest_.graph.type_of(topic));
    const std::int64_t period = manifest_.period_ns(publisher.name);
    if (!bytes || period == 0) assumed.push_back(topic);
    const std::int64_t bits = bytes.value_or(kAssumedBytes) * 8;
    return period > 0 ? bits * 1'000'000'000 / period : bits * kAssumedHz;
  }

  void add_topic(const std::string& topic, bool follow) {
    const graph::TaskDecl* publisher = manifest_.graph.publisher_of(topic);
    const auto subscribers = manifest_.graph.subscribers_of(topic);
    if (publisher == nullptr) return add_virtual(topic, subscribers);
    const std::int64_t rate = rates[topic] = expected_rate(topic, *publisher);
    const std::int32_t from = task_index(publisher->name);
    for (const graph::TaskDecl* task : subscribers)
      instance_.edges.push_back({from, task_index(task->name), rate, topic});
    if (subscribers.empty() && follow) {
      instance_.edges.push_back({from, task_index(std::string(worker::kFollowTask)), rate, topic});
    }
  }

  void add_virtual(const std::string& topic,
                   const std::vector<const graph::TaskDecl*>& subscribers) {
    for (const PublishedTopic& known : published_) {
      const auto node = index_of(known.node);
      if (known.topic != topic || !node) continue;
      rates[topic] = known.rate_bps;
      const auto id = static_cast<std::int32_t>(instance_.virtuals.size());
      instance_.virtuals.push_back({*node, topic});
      for (const graph::TaskDecl* task : subscribers) {
        instance_.virtual_edges.push_back({id, task_index(task->name), known.rate_bps});
      }
      return;
    }
  }

  const graph::Manifest& manifest_;
  const std::vector<NodeInfo>& nodes_;
  const std::vector<PublishedTopic>& published_;
  graph::Instance instance_;
};

}  // namespace

std::vector<NodeInfo> equal_nodes(int count, double cpu) {
  std::vector<NodeInfo> nodes;
  const auto millis = static_cast<std::int64_t>(cpu * 1000);
  for (int i = 0; i < count; ++i) {
    nodes.push_back({"node" + std::to_string(i), machine_architecture(), millis, millis, 0, {}});
  }
  return nodes;
}

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
    if (known == published.end()) {
      return fail(
          ErrorCode::kInvalid,
          "task " + reader->name + " subscribes to topic \"" + topic + "\", which nobody publishes",
          to_string(port->place),
          "publish it from a task of this job, start the job that publishes it first, or mend the "
          "name");
    }
    if (known->type != port->type) {
      return fail(ErrorCode::kInvalid,
                  "task " + reader->name + " reads topic \"" + topic + "\" as " + port->type +
                      ", but it is published as " + known->type,
                  to_string(port->place), "use one message type on both ends");
    }
  }
  return {};
}

Result<Placement> place(const graph::Manifest& manifest, const std::vector<NodeInfo>& nodes,
                        const std::vector<PublishedTopic>& published,
                        const std::optional<std::string>& follow_node,
                        const std::string& algorithm) {
  MORT_TRY_VOID(check_virtual_topics(manifest, published));
  if (nodes.empty())
    return fail(ErrorCode::kInfeasible, "the fleet has no nodes", {},
                "start agents with `mort agent`");
  std::vector<NodeInfo> ordered = nodes;
  std::stable_sort(ordered.begin(), ordered.end(), [](const NodeInfo& a, const NodeInfo& b) {
    return a.utilization != b.utilization ? a.utilization < b.utilization : a.id < b.id;
  });
  InstanceBuilder builder(manifest, ordered, published);
  MORT_TRY(instance, builder.build(follow_node));
  offload::Options options;
  options.algorithm = algorithm;
  MORT_TRY(plan, offload::plan(instance, options));
  Placement placement;
  for (std::size_t i = 0; i < builder.names.size(); ++i) {
    placement.assign[builder.names[i]] = ordered[static_cast<std::size_t>(plan.assign[i])].id;
  }
  for (const offload::Reason& reason : offload::explain(instance, plan)) {
    placement.reasons.push_back({builder.names[static_cast<std::size_t>(reason.task)],
                                 ordered[static_cast<std::size_t>(reason.node)].id, reason.text});
  }
  placement.plan = std::move(plan);
  placement.assumed = std::move(builder.assumed);
  placement.rates = std::move(builder.rates);
  return placement;
}

std::string to_json(const Placement& placement) {
  nlohmann::ordered_json out = {{"algorithm", placement.plan.algorithm},
                                {"objective", placement.plan.objective},
                                {"assign", placement.assign},
                                {"profit_bps", placement.plan.profit},
                                {"total_bps", placement.plan.total},
                                {"traffic_bps", placement.plan.traffic},
                                {"rates_bps", placement.rates},
                                {"reasons", nlohmann::json::array()},
                                {"assumed", placement.assumed}};
  for (const PlacementReason& reason : placement.reasons) {
    out["reasons"].push_back({{"task", reason.task}, {"node", reason.node}, {"why", reason.why}});
  }
  return out.dump();
}

}  // namespace mort::agent
