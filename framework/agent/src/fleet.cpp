#include "fleet.hpp"

#include <algorithm>
#include <utility>

namespace mort::agent {
namespace {

constexpr std::string_view kNodePrefix = "node/";
constexpr std::string_view kWorkerPrefix = "worker/";
constexpr std::string_view kTopicPrefix = "topic/";

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

std::shared_ptr<const graph::Manifest> parse_manifest(const std::string& text) {
  auto manifest = graph::manifest_from_json(text);
  return manifest ? std::make_shared<const graph::Manifest>(std::move(*manifest)) : nullptr;
}

/// "job/ID/WHAT" -> ID, WHAT; nothing for other keys.
std::optional<std::pair<std::string, std::string>> parts_of(const std::string& key,
                                                            std::string_view prefix) {
  if (!key.starts_with(prefix)) return std::nullopt;
  const std::size_t slash = key.rfind('/');
  if (slash <= prefix.size()) return std::nullopt;
  return std::pair(key.substr(prefix.size(), slash - prefix.size()), key.substr(slash + 1));
}

}  // namespace

std::shared_ptr<const graph::Manifest> manifest_of(const Job& job) {
  if (job.manifest != nullptr || job.record == nullptr) return job.manifest;
  const auto submit = submit_from_json(job.record->body);
  return submit ? parse_manifest(submit->manifest) : nullptr;
}

void Fleet::apply(const std::string& space, const std::string& key,
                  const space::RecordPtr& record) {
  if (space == space::kRight) {
    if (key == kPolicyKey) apply_policy(record == nullptr ? std::string() : record->body);
    return;
  }
  if (space == space::kCmd) {
    if (const auto parts = parts_of(key, kJobPrefix))
      apply_command(parts->first, parts->second, record);
    return;
  }
  if (key.starts_with(kNodePrefix)) return apply_node(key.substr(kNodePrefix.size()), record);
  if (key.starts_with(kTopicPrefix)) {
    const auto topic = record == nullptr ? std::nullopt : topic_from_json(record->body);
    if (topic)
      measured_[key] = *topic;
    else
      measured_.erase(key);
    return;
  }
  if (const auto parts = parts_of(key, kWorkerPrefix)) {
    const auto& [id, node] = *parts;
    auto worker = record == nullptr ? std::nullopt : worker_from_json(record->body);
    Workers& workers = workers_[id];
    if (worker)
      workers[node] = std::move(*worker);
    else
      workers.erase(node);
    changed_.insert(id);
  }
}

void Fleet::apply_command(const std::string& id, const std::string& what,
                          const space::RecordPtr& record) {
  changed_.insert(id);
  if (what == "submit") return submitted(id, record);
  Said& said = said_[id];
  const std::string_view body = record == nullptr ? std::string_view() : record->body;
  const auto epoch = [&] { return record == nullptr ? std::nullopt : epoch_from_json(body); };
  if (what == "epoch") said.epoch = epoch().value_or(1);
  if (what == "start") said.started = epoch().value_or(0);
  if (what == "stop") said.stopping = record != nullptr;
  if (what == "end") said.end = record == nullptr ? std::nullopt : end_from_json(body);
  if (const auto found = jobs_.find(id); found != jobs_.end()) {
    unindex(found->second);
    look_at(found->second);
    index(found->second);
  }
}

void Fleet::submitted(const std::string& id, const space::RecordPtr& record) {
  if (const auto found = jobs_.find(id); found != jobs_.end()) {
    unindex(found->second);
    order_.erase({found->second.stamp, id});
    by_name_[found->second.view.submit.name].erase({found->second.stamp, id});
    jobs_.erase(found);
  }
  auto submit = record == nullptr ? std::nullopt : submit_from_json(record->body);
  if (!submit || submit->job != id) return;
  Job& job = jobs_[id];
  job.record = record;
  job.stamp = record->stamp;
  job.view.submit = std::move(*submit);
  job.view.submit.manifest.clear();  // the record has it
  if (const SubmitRecord& made = job.view.submit; !made.request.empty())
    by_request_.try_emplace({made.user, made.request}, id);
  job.rates = planned_rates(job.view.submit.plan);
  look_at(job);
  order_.insert({job.stamp, id});
  by_name_[job.view.submit.name].insert({job.stamp, id});
  index(job);
}

void Fleet::look_at(Job& job) {
  const Said& said = said_[job.view.submit.job];
  job.view.epoch = said.epoch;
  job.view.started = said.started == said.epoch;
  job.view.stopping = said.stopping;
  job.view.end = said.end;
  if (job.view.end) {
    job.manifest = nullptr;
    return;
  }
  if (job.manifest != nullptr) return;
  job.manifest = manifest_of(job);
  if (job.manifest == nullptr) return;
  job.cpu_millis = taken_cpu(*job.manifest, job.view.submit);
  job.memory.clear();
  for (const auto& [task, node] : job.view.submit.assign) {
    if (job.manifest->graph.find(task) != nullptr)
      job.memory[node] += job.manifest->memory_bytes(task);
  }
}

void Fleet::index(const Job& job) {
  if (job.view.end) return;
  const Order order{job.stamp, job.view.submit.job};
  if (!live_.insert(order).second) return;
  if (job.manifest == nullptr) return;
  for (const graph::TaskDecl& task : job.manifest->graph.tasks) {
    for (const graph::Port& port : task.pub) live_by_topic_[port.topic].insert(order);
  }
  touch_rivals(job);
}

void Fleet::unindex(const Job& job) {
  const Order order{job.stamp, job.view.submit.job};
  if (live_.erase(order) == 0 || job.manifest == nullptr) return;
  for (const graph::TaskDecl& task : job.manifest->graph.tasks) {
    for (const graph::Port& port : task.pub) {
      const auto found = live_by_topic_.find(port.topic);
      if (found == live_by_topic_.end()) continue;
      found->second.erase(order);
      if (found->second.empty()) live_by_topic_.erase(found);
    }
  }
}

/// Live jobs that a new one may be a rival of.
void Fleet::touch_rivals(const Job& job) {
  const auto touch_all = [this](const std::set<Order>& orders) {
    for (const Order& order : orders) {
      if (live_.contains(order)) changed_.insert(order.second);
    }
  };
  if (const auto named = by_name_.find(job.view.submit.name); named != by_name_.end())
    touch_all(named->second);
  for (const graph::TaskDecl& task : job.manifest->graph.tasks) {
    for (const graph::Port& port : task.pub) touch_all(live_by_topic_[port.topic]);
  }
}

std::optional<Fleet::Rival> Fleet::rival_of(const Job& job) const {
  const Order own{job.stamp, job.view.submit.job};
  const auto earlier = [&](const std::set<Order>& orders) -> const Job* {
    for (auto it = orders.begin(); it != orders.end() && *it < own; ++it) {
      if (live_.contains(*it)) return &jobs_.at(it->second);
    }
    return nullptr;
  };
  if (const auto named = by_name_.find(job.view.submit.name); named != by_name_.end()) {
    if (const Job* rival = earlier(named->second))
      return Rival{rival, "the name " + job.view.submit.name};
  }
  if (job.manifest == nullptr) return std::nullopt;
  for (const graph::TaskDecl& task : job.manifest->graph.tasks) {
    for (const graph::Port& port : task.pub) {
      const auto publishers = live_by_topic_.find(port.topic);
      if (publishers == live_by_topic_.end()) continue;
      if (const Job* rival = earlier(publishers->second))
        return Rival{rival, "topic " + port.topic};
    }
  }
  return std::nullopt;
}

void Fleet::apply_node(const std::string& id, const space::RecordPtr& record) {
  auto node = record == nullptr ? std::nullopt : node_from_json(record->body);
  if (node && node->id != id) node.reset();
  const auto before = nodes_.find(id);
  const bool was_alive = before != nodes_.end();
  if (!node) {
    if (was_alive) nodes_.erase(before);
  } else {
    rights_changed_ = rights_changed_ || !was_alive || before->second.labels != node->labels;
    nodes_[id] = std::move(*node);
  }
  if (was_alive != nodes_.contains(id)) touch_live();
}

void Fleet::apply_policy(const std::string& text) {
  policy_text_ = text;
  policy_.reset();
  policy_fault_.clear();
  rights_changed_ = true;
  if (text.empty()) return;
  auto parsed = access::Policy::parse(text, "policy");
  if (parsed)
    policy_ = std::move(*parsed);
  else
    policy_fault_ = parsed.error().message;
}

access::Decision Fleet::decide(const access::Request& request) const {
  if (policy_text_.empty()) return {true, "no policy is in force"};
  if (!policy_) return {false, policy_fault_};
  return policy_->decide(request);
}

std::set<std::string> Fleet::take_changed_jobs() {
  return std::exchange(changed_, {});
}
bool Fleet::take_changed_rights() {
  return std::exchange(rights_changed_, false);
}
void Fleet::touch_live() {
  for (const Order& order : live_) changed_.insert(order.second);
}

const Job* Fleet::job(const std::string& id) const {
  const auto found = jobs_.find(id);
  return found == jobs_.end() ? nullptr : &found->second;
}

const Job* Fleet::find(const std::string& name) const {
  if (const Job* by_id = job(name)) return by_id;
  const auto named = by_name_.find(name);
  if (named == by_name_.end() || named->second.empty()) return nullptr;
  return job(named->second.rbegin()->second);
}

const Job* Fleet::requested(const std::string& user, const std::string& request) const {
  const auto found = by_request_.find({user, request});
  return request.empty() || found == by_request_.end() ? nullptr : job(found->second);
}

std::vector<const Job*> Fleet::jobs_of(const std::set<Order>& orders) const {
  std::vector<const Job*> list;
  for (const Order& order : orders) list.push_back(&jobs_.at(order.second));
  return list;
}
std::vector<const Job*> Fleet::jobs_named(const std::string& name) const {
  const auto named = by_name_.find(name);
  return named == by_name_.end() ? std::vector<const Job*>() : jobs_of(named->second);
}

Workers Fleet::workers(const JobView& job) const {
  Workers list;
  const auto found = workers_.find(job.submit.job);
  if (found == workers_.end()) return list;
  for (const std::string& node : job.nodes()) {
    const auto worker = found->second.find(node);
    if (worker != found->second.end() && worker->second.epoch == job.epoch)
      list[node] = worker->second;
  }
  return list;
}

std::set<std::string> Fleet::alive() const {
  std::set<std::string> names;
  for (const auto& [name, node] : nodes_) names.insert(name);
  return names;
}

const std::map<std::string, std::string>& Fleet::labels(const std::string& node) const {
  static const std::map<std::string, std::string> kNone;
  const auto found = nodes_.find(node);
  return found == nodes_.end() ? kNone : found->second.labels;
}

std::vector<NodeInfo> Fleet::nodes() const {
  std::vector<NodeInfo> list;
  for (const auto& [name, node] : nodes_) list.push_back(node);
  std::map<std::string, std::int64_t> reserved;
  for (NodeInfo& node : list) node.free_cpu_millis = node.cpu_millis;
  for (const Job* job : live_jobs()) {
    for (NodeInfo& node : list) {
      if (const auto found = job->cpu_millis.find(node.id); found != job->cpu_millis.end())
        node.free_cpu_millis -= std::min(node.free_cpu_millis, found->second);
    }
    for (const auto& [node, bytes] : job->memory) reserved[node] += bytes;
  }
  // How much of what the machine uses is reserved memory, nobody knows: free is what both leave.
  for (NodeInfo& node : list) {
    if (!node.memory) continue;
    const std::int64_t unreserved = *node.memory - std::min(*node.memory, reserved[node.id]);
    node.free_memory = std::min(node.free_memory.value_or(unreserved), unreserved);
  }
  return list;
}

std::vector<TopicRecord> Fleet::topics() const {
  std::map<std::string, TopicRecord> topics;
  for (const Job* job : live_jobs()) {
    if (job->manifest == nullptr) continue;
    for (const graph::TaskDecl& task : job->manifest->graph.tasks) {
      const auto node = job->view.submit.assign.find(task.name);
      if (node == job->view.submit.assign.end()) continue;
      for (const graph::Port& port : task.pub) {
        const auto rate = job->rates.find(port.topic);
        topics[port.topic] = {port.topic,
                              port.type,
                              job->view.submit.job,
                              task.name,
                              node->second,
                              0,
                              rate == job->rates.end() ? TopicRate{} : rate->second};
      }
    }
  }
  for (const auto& [key, measured] : measured_) {
    const auto known = topics.find(measured.topic);
    if (known == topics.end() || known->second.job != measured.job) continue;
    if (measured.rate.bps == 0) continue;  // one sample makes no rate
    known->second.rate_hz = measured.rate_hz;
    known->second.rate = measured.rate;
  }
  std::vector<TopicRecord> list;
  for (auto& [name, topic] : topics) list.push_back(std::move(topic));
  return list;
}

std::vector<PublishedTopic> Fleet::published() const {
  std::vector<PublishedTopic> list;
  for (const TopicRecord& topic : topics())
    list.push_back({topic.topic, topic.node, topic.type, topic.rate});
  return list;
}

}  // namespace mort::agent
