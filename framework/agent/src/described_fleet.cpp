// A fleet that a file describes, for plans without agents.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "mort/agent/placement.hpp"
#include "mort/base/process.hpp"

namespace mort::agent {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxBytes = std::size_t{4} << 20;
constexpr std::size_t kMaxEntries = 10'000;
constexpr double kMaxCores = 1e6;
constexpr double kMaxMemory = 70'368'744'177'664;  // 2^46 bytes, as in mort-instance-1
constexpr double kMaxRate = 1e12;
constexpr std::size_t kMaxName = 200;

/// Reads the members of one object; the first fault is kept, with its place.
class Reader {
 public:
  Reader(const Json& object, std::string place) : object_(object), place_(std::move(place)) {
    if (!object.is_object()) refuse("", "expected an object");
  }

  std::string text(const char* key, const std::string& standard, bool required = false) {
    const Json* value = find(key, required);
    if (value == nullptr) return standard;
    if (!value->is_string() || !is_name(value->get_ref<const std::string&>())) {
      refuse(key, "expected a text of 1 to 200 characters, none of them a control character");
      return standard;
    }
    return value->get<std::string>();
  }
  double number(const char* key, double standard, double max, bool required = false) {
    const Json* value = find(key, required);
    if (value == nullptr || (value->is_null() && !required)) return standard;
    const double read = value->is_number() ? value->get<double>() : -1;
    if (!(read >= 0 && read <= max)) {
      refuse(key, "expected a number from 0 to " + std::to_string(static_cast<std::int64_t>(max)));
      return standard;
    }
    return read;
  }
  bool flag(const char* key, bool standard) {
    const Json* value = find(key, false);
    if (value == nullptr) return standard;
    if (!value->is_boolean()) refuse(key, "expected true or false");
    return value->is_boolean() ? value->get<bool>() : standard;
  }
  std::map<std::string, std::string> texts(const char* key) {
    std::map<std::string, std::string> all;
    const Json* value = find(key, false);
    if (value == nullptr) return all;
    if (!value->is_object()) refuse(key, "expected an object of texts without control characters");
    for (const auto& [name, one] : value->items()) {
      // A label may be empty; its name may not.
      if (one.is_string() && is_name(name) && is_name("=" + one.get_ref<const std::string&>())) {
        all[name] = one.get<std::string>();
      } else {
        refuse(key, "expected an object of texts without control characters");
      }
    }
    return all;
  }

  const std::optional<Error>& error() const { return error_; }

  void refuse(const std::string& key, const std::string& what) {
    if (error_) return;
    error_ = Error{ErrorCode::kInvalid, what, place_ + (key.empty() ? "" : "/" + key),
                   "write it as `mort nodes --json` and `mort topics --json` print it"};
  }

 private:
  static bool is_name(const std::string& text) {
    return !text.empty() && text.size() <= kMaxName &&
           std::none_of(text.begin(), text.end(),
                        [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; });
  }
  const Json* find(const char* key, bool required) {
    if (!object_.is_object()) return nullptr;
    const auto found = object_.find(key);
    if (found != object_.end()) return &*found;
    if (required) refuse(key, "is missing");
    return nullptr;
  }

  const Json& object_;
  std::string place_;
  std::optional<Error> error_;
};

Result<NodeInfo> read_node(const Json& value, const std::string& place) {
  Reader reader(value, place);
  NodeInfo node;
  node.id = reader.text("node", "", true);
  node.arch = reader.text("arch", machine_architecture());
  const double cpu = reader.number("cpu", 0, kMaxCores, true);
  node.cpu_millis = std::llround(cpu * 1000);
  node.free_cpu_millis = std::llround(reader.number("free_cpu", cpu, kMaxCores) * 1000);
  if (node.free_cpu_millis > node.cpu_millis) reader.refuse("free_cpu", "more than the node's cpu");
  node.utilization = reader.number("utilization", 0, 1);
  node.labels = reader.texts("labels");
  node.takes_tasks = reader.flag("takes_tasks", true);
  const double memory = reader.number("memory", -1, kMaxMemory);
  if (memory >= 0) node.memory = node.free_memory = std::llround(memory);
  const double free = reader.number("free_memory", -1, kMaxMemory);
  if (free >= 0) node.free_memory = std::llround(free);
  if (free > memory && memory >= 0) reader.refuse("free_memory", "more than the node's memory");
  if (reader.error()) return tl::unexpected<Error>(*reader.error());
  return node;
}

Result<PublishedTopic> read_topic(const Json& value, const std::string& place) {
  Reader reader(value, place);
  PublishedTopic topic;
  topic.topic = reader.text("topic", "", true);
  topic.type = reader.text("type", "", true);
  topic.node = reader.text("node", "", true);
  topic.rate.bps = std::llround(reader.number("rate_bps", 0, kMaxRate, true));
  const auto source = rate_source(reader.text("rate_source", "expected"));
  if (!source) reader.refuse("rate_source", "expected measured, expected or assumed");
  topic.rate.source = source.value_or(RateSource::kExpected);
  topic.reliable = reader.flag("reliable", true);
  if (reader.error()) return tl::unexpected<Error>(*reader.error());
  return topic;
}

}  // namespace

Result<Surroundings> surroundings_from_json(std::string_view text, const std::string& file) {
  const auto refuse = [&](const std::string& place, const std::string& what) {
    return fail(ErrorCode::kInvalid, what, file + place,
                "give what `mort nodes --json` prints, or {\"nodes\": that, \"topics\": what "
                "`mort topics --json` prints}");
  };
  if (text.size() > kMaxBytes) return refuse("", "the file is larger than 4 MiB");
  const Json document = Json::parse(text, nullptr, false);
  if (document.is_discarded()) return refuse("", "this is not JSON");
  const Json none = Json::array();
  const bool bare = document.is_array();
  if (!bare && !(document.is_object() && document.contains("nodes")))
    return refuse(":/nodes", "there are no nodes");
  const Json& nodes = bare ? document : document["nodes"];
  const Json& topics = !bare && document.contains("topics") ? document["topics"] : none;
  const std::string nodes_place = file + (bare ? ":/" : ":/nodes/");
  if (!nodes.is_array() || nodes.size() > kMaxEntries)
    return refuse(":/nodes", "expected a list of at most 10000 nodes");
  if (!topics.is_array() || topics.size() > kMaxEntries)
    return refuse(":/topics", "expected a list of at most 10000 topics");
  if (nodes.empty()) return refuse(bare ? "" : ":/nodes", "there are no nodes");
  Surroundings surroundings;
  std::set<std::string> known;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    MORT_TRY(node, read_node(nodes[i], nodes_place + std::to_string(i)));
    if (node.id == kExternalNode)
      return refuse((bare ? ":/" : ":/nodes/") + std::to_string(i),
                    "node id external stands for programs that are not Mort's");
    if (!known.insert(node.id).second)
      return refuse((bare ? ":/" : ":/nodes/") + std::to_string(i),
                    "node " + node.id + " is described twice");
    surroundings.nodes.push_back(std::move(node));
  }
  for (std::size_t i = 0; i < topics.size(); ++i) {
    MORT_TRY(topic, read_topic(topics[i], file + ":/topics/" + std::to_string(i)));
    // Else its data would be left out of the plan without a word.
    if (topic.node != kExternalNode && !known.contains(topic.node))
      return fail(ErrorCode::kInvalid,
                  "topic " + topic.topic + " is published on node " + topic.node +
                      ", which is not described",
                  file + ":/topics/" + std::to_string(i) + "/node",
                  "describe the node, with \"takes_tasks\": false if no task may run there");
    surroundings.published.push_back(std::move(topic));
  }
  return surroundings;
}

}  // namespace mort::agent
