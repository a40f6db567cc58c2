#include "mort/graph/manifest.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "mort/base/sha256.hpp"
#include "names.hpp"
#include "task_graph_json.hpp"

namespace mort::graph {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFormat = "mort-job-1";
constexpr std::size_t kMaxArtifacts = 1'000;
constexpr std::size_t kMaxSettings = 10'000;
constexpr std::size_t kMaxChunks = 1 << 20;

/// The folder that absolute paths are made relative to; empty when the job has been read from a
/// manifest.
fs::path base_of(const Job& job) {
  std::error_code error;
  return job.file.empty() ? fs::path()
                          : fs::absolute(job.file, error).lexically_normal().parent_path();
}

std::string relative(const std::string& path, const fs::path& base) {
  if (!fs::path(path).is_absolute() || base.empty()) return path;
  return fs::path(path).lexically_relative(base).string();
}

std::vector<std::string> relative(const std::vector<std::string>& paths, const fs::path& base) {
  std::vector<std::string> all;
  for (const std::string& path : paths) all.push_back(relative(path, base));
  return all;
}

Place relative(Place place, const fs::path& base) {
  place.file = relative(place.file, base);
  return place;
}

const char* text_of(OnCrash value) {
  return value == OnCrash::kRestartJob ? "restart_job" : "restart_worker";
}

void write_queue(OrderedJson& json, const QueueSettings& queue) {
  json["history"] = queue.history == History::kKeepAll ? "keep_all" : "keep_last";
  json["depth"] = queue.depth;
  json["block"] = queue.block;
}

OrderedJson topic_to_json(const TopicSettings& topic, const fs::path& base) {
  OrderedJson json{
      {"reliability", topic.reliability == Reliability::kReliable ? "reliable" : "best_effort"}};
  write_queue(json, topic);
  if (topic.depth_given) json["depth_given"] = true;
  if (topic.bytes) json["bytes"] = *topic.bytes;
  if (topic.max_bytes) json["max_bytes"] = *topic.max_bytes;
  if (topic.external) json["external"] = true;
  if (topic.ros2) json["ros2"] = true;
  write_place(json, relative(topic.place, base));
  return json;
}

OrderedJson settings_to_json(const TaskSettings& task, const fs::path& base) {
  OrderedJson json = OrderedJson::object();
  if (task.cpu_millis) json["cpu_millis"] = *task.cpu_millis;
  if (task.period_ns) json["period_ns"] = *task.period_ns;
  if (task.stack_bytes) json["stack_bytes"] = *task.stack_bytes;
  if (task.memory_bytes) json["memory_bytes"] = *task.memory_bytes;
  if (task.node) json["node"] = *task.node;
  if (!task.labels.empty()) json["labels"] = task.labels;
  for (const auto& [topic, queue] : task.subscriptions) {
    OrderedJson one = OrderedJson::object();
    write_queue(one, queue);
    json["subscriptions"][topic] = std::move(one);
  }
  write_place(json, relative(task.place, base));
  return json;
}

OrderedJson job_to_json(const Job& job, const fs::path& base) {
  OrderedJson json{{"name", job.name}, {"file", fs::path(job.file).filename().string()}};
  json["sources"] = relative(job.sources, base);
  json["include"] = relative(job.include, base);
  OrderedJson& params = json["params"] = OrderedJson::object();
  for (const auto& [name, param] : job.params) {
    OrderedJson one{{"value", param.file ? relative(param.value, base) : param.value},
                    {"is_file", param.file}};
    write_place(one, relative(param.place, base));
    params[name] = std::move(one);
  }
  json["on_crash"] = text_of(job.on_crash);
  json["hold_for_ns"] = job.hold_for_ns;
  json["after_hold"] = job.after_hold == AfterHold::kGoOn ? "go_on" : "fail";
  OrderedJson& when = json["when"] = OrderedJson::object();
  for (const auto& [param, on_crash] : job.when_on_crash) when[param] = text_of(on_crash);
  OrderedJson& tasks = json["tasks"] = OrderedJson::object();
  for (const auto& [name, task] : job.tasks) tasks[name] = settings_to_json(task, base);
  OrderedJson& topics = json["topics"] = OrderedJson::object();
  for (const auto& [name, topic] : job.topics) topics[name] = topic_to_json(topic, base);
  json["topic_defaults"] = topic_to_json(job.topic_defaults, base);
  OrderedJson lanes = OrderedJson::object();
  if (job.lanes.fifo_priority) lanes["fifo_priority"] = *job.lanes.fifo_priority;
  if (!job.lanes.cores.empty()) lanes["cores"] = job.lanes.cores;
  if (!lanes.empty()) json["lanes"] = std::move(lanes);
  return json;
}

TaskGraph relative(TaskGraph graph, const fs::path& base) {
  for (TaskDecl& task : graph.tasks) {
    task.place = relative(task.place, base);
    for (auto* ports : {&task.sub, &task.pub}) {
      for (Port& port : *ports) port.place = relative(port.place, base);
    }
  }
  for (auto& [name, place] : graph.types.places) place = relative(place, base);
  return graph;
}

std::vector<std::string> read_texts(const Value& value) {
  std::vector<std::string> texts;
  for (const Value& text : value.items(kMaxSettings)) texts.push_back(text.text());
  return texts;
}

OnCrash read_on_crash(const Value& value) {
  return value.one_of({"restart_worker", "restart_job"}) == "restart_job" ? OnCrash::kRestartJob
                                                                          : OnCrash::kRestartWorker;
}

void read_queue(const Value& value, QueueSettings& queue) {
  queue.history = value["history"].one_of({"keep_all", "keep_last"}) == "keep_all"
                      ? History::kKeepAll
                      : History::kKeepLast;
  queue.depth = static_cast<std::int32_t>(value["depth"].integer(1, kMaxDepth));
  queue.block = value["block"].boolean();
  if (queue.block && queue.history != History::kKeepAll) {
    value.find("block").refuse("block needs history keep_all", "set history to keep_all");
  }
}

TopicSettings read_topic(const Value& value) {
  TopicSettings topic;
  topic.reliability = value["reliability"].one_of({"reliable", "best_effort"}) == "reliable"
                          ? Reliability::kReliable
                          : Reliability::kBestEffort;
  read_queue(value, topic);
  if (topic.block && topic.reliability != Reliability::kReliable) {
    value.find("block").refuse("block needs reliability reliable", "set reliability to reliable");
  }
  if (const Value bytes = value.find("bytes")) topic.bytes = bytes.integer(1, kMaxPayloadBytes);
  if (const Value given = value.find("depth_given")) topic.depth_given = given.boolean();
  if (const Value bytes = value.find("max_bytes"))
    topic.max_bytes = bytes.integer(1, kMaxPayloadBytes);
  if (const Value external = value.find("external")) topic.external = external.boolean();
  if (const Value ros2 = value.find("ros2")) topic.ros2 = ros2.boolean();
  topic.place = read_place(value);
  return topic;
}

TaskSettings read_settings(const Value& value) {
  TaskSettings task;
  if (const Value found = value.find("cpu_millis"))
    task.cpu_millis = found.integer(0, kMaxCpuMillis);
  if (const Value found = value.find("period_ns")) {
    task.period_ns = found.integer(kMinPeriodNs, kMaxPeriodNs);
  }
  if (const Value found = value.find("stack_bytes")) {
    task.stack_bytes = found.integer(kMinStackKb * 1024, kMaxStackKb * 1024);
  }
  if (const Value found = value.find("memory_bytes"))
    task.memory_bytes = found.integer(1, kMaxMemoryBytes);
  if (const Value found = value.find("node")) task.node = found.name();
  if (const Value found = value.find("labels")) {
    for (const auto& [label, text] : found.members(kMaxSettings)) task.labels[label] = text.text();
  }
  if (const Value found = value.find("subscriptions")) {
    for (const auto& [topic, queue] : found.members(kMaxSettings))
      read_queue(queue, task.subscriptions[topic]);
  }
  task.place = read_place(value);
  return task;
}

void require_name(const std::string& name, bool topic, const Value& value) {
  if (topic ? is_valid_topic(name) : is_valid_name(name)) return;
  value.refuse("invalid name " + in_quotes(name), "use letters, digits, '_', '.', '-'");
}

Job read_job(const Value& value) {
  Job job;
  job.name = value["name"].name();
  job.file = value["file"].text();
  job.sources = read_texts(value["sources"]);
  job.include = read_texts(value["include"]);
  for (const auto& [name, found] : value["params"].members(kMaxSettings)) {
    require_name(name, false, found);
    job.params[name] = {found["value"].text(), found["is_file"].boolean(), read_place(found)};
  }
  job.on_crash = read_on_crash(value["on_crash"]);
  if (const Value found = value.find("hold_for_ns"))
    job.hold_for_ns = found.integer(kMinHoldNs, kMaxHoldNs);
  if (const Value found = value.find("after_hold"))
    job.after_hold =
        found.one_of({"fail", "go_on"}) == "go_on" ? AfterHold::kGoOn : AfterHold::kFail;
  for (const auto& [param, found] : value["when"].members(kMaxSettings)) {
    if (job.params.count(param) == 0) found.refuse("the job has no such parameter", "remove it");
    job.when_on_crash[param] = read_on_crash(found);
  }
  for (const auto& [name, found] : value["tasks"].members(kMaxTasks)) {
    require_name(name, false, found);
    job.tasks[name] = read_settings(found);
  }
  for (const auto& [name, found] : value["topics"].members(kMaxSettings)) {
    require_name(name, true, found);
    job.topics[name] = read_topic(found);
  }
  job.topic_defaults = read_topic(value["topic_defaults"]);
  if (const Value lanes = value.find("lanes")) {
    if (const Value found = lanes.find("fifo_priority"))
      job.lanes.fifo_priority = static_cast<int>(found.integer(1, kMaxFifoPriority));
    if (const Value found = lanes.find("cores")) {
      for (const Value& core : found.items(kMaxCpu + 1))
        job.lanes.cores.push_back(static_cast<int>(core.integer(0, kMaxCpu)));
    }
  }
  return job;
}

std::int64_t chunks_of(std::int64_t size, std::int64_t chunk_size) {
  return (size + chunk_size - 1) / chunk_size;
}

std::string read_hash(const Value& value) {
  std::string hash = value.text();
  if (value && !is_sha256_hex(hash)) {
    value.refuse(in_quotes(hash) + " is no SHA-256", "write 64 lower-case hexadecimal digits");
  }
  return hash;
}

Artifact read_artifact(const Value& value) {
  Artifact artifact;
  artifact.kind = value["kind"].one_of({"library", "file"});
  artifact.name = value["name"].name();
  artifact.sha256 = read_hash(value["sha256"]);
  artifact.size = value["size"].integer(0, kMaxArtifactBytes);
  artifact.chunk_size = value["chunk_size"].integer(1, kMaxChunkBytes);
  const Value chunks = value["chunks"];
  for (const Value& chunk : chunks.items(kMaxChunks)) artifact.chunks.push_back(read_hash(chunk));
  const std::int64_t expected = chunks_of(artifact.size, artifact.chunk_size);
  if (static_cast<std::int64_t>(artifact.chunks.size()) != expected) {
    chunks.refuse(std::to_string(artifact.chunks.size()) + " chunks, where the size asks for " +
                      std::to_string(expected),
                  "list one hash for each chunk");
  }
  return artifact;
}

/// What the parts of a manifest say of each other.
void check_manifest(const Manifest& manifest, const Value& root) {
  std::vector<Diagnostic> found = check(manifest.graph);
  for (Diagnostic& one : check(manifest.job, manifest.graph)) found.push_back(std::move(one));
  for (const Diagnostic& one : found) {
    if (one.severity == "error") root.find("graph").refuse(one.message, "build the job again");
  }
  std::set<std::pair<std::string, std::string>> artifacts;
  for (const Artifact& artifact : manifest.artifacts) {
    if (!artifacts.insert({artifact.kind, artifact.name}).second) {
      root.find("artifacts")
          .refuse("two artifacts are " + artifact.kind + " " + in_quotes(artifact.name),
                  "keep one of them");
    }
  }
  for (const auto& [name, param] : manifest.job.params) {
    if (param.file && artifacts.count({"file", name}) == 0) {
      root.find("artifacts")
          .refuse("no artifact holds the file of parameter " + in_quotes(name),
                  "build the job again");
    }
  }
}

}  // namespace

const Artifact* Manifest::library(std::string_view arch) const {
  for (const Artifact& artifact : artifacts) {
    if (artifact.kind == "library" && artifact.name == arch) return &artifact;
  }
  return nullptr;
}

namespace {

/// What the YAML says of a task, else the hint of its registration, else `otherwise`.
std::int64_t setting(const Manifest& manifest, const std::string& task,
                     std::optional<std::int64_t> TaskSettings::*yaml,
                     std::optional<std::int64_t> TaskHints::*hint, std::int64_t otherwise) {
  const auto at = manifest.job.tasks.find(task);
  if (at != manifest.job.tasks.end() && at->second.*yaml) return *(at->second.*yaml);
  const TaskDecl* decl = manifest.graph.find(task);
  return decl == nullptr ? otherwise : (decl->hints.*hint).value_or(otherwise);
}

}  // namespace

std::int64_t Manifest::cpu_millis(const std::string& task) const {
  return setting(*this, task, &TaskSettings::cpu_millis, &TaskHints::cpu_millis, 1000);
}

std::int64_t Manifest::period_ns(const std::string& task) const {
  return setting(*this, task, &TaskSettings::period_ns, &TaskHints::period_ns, 0);
}

std::int64_t Manifest::stack_bytes(const std::string& task) const {
  return setting(*this, task, &TaskSettings::stack_bytes, &TaskHints::stack_bytes,
                 kDefaultStackBytes);
}

std::int64_t Manifest::memory_bytes(const std::string& task) const {
  const auto at = job.tasks.find(task);
  return at == job.tasks.end() ? 0 : at->second.memory_bytes.value_or(0);
}

Result<Artifact> describe_artifact(const std::string& path, std::string kind, std::string name) {
  const auto refuse = [&](std::string cause, std::string cure) {
    return fail(ErrorCode::kInvalid, std::move(cause), path, std::move(cure));
  };
  std::error_code error;
  const auto size = fs::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  if (error || !fs::is_regular_file(path, error) || !file) {
    return refuse("cannot read the file", "check that it exists and is readable");
  }
  if (size > static_cast<std::uintmax_t>(kMaxArtifactBytes)) {
    return refuse("the file is larger than 1 GiB", "let the task fetch large data itself");
  }
  Artifact artifact{std::move(kind), std::move(name), {}, 0, kArtifactChunkBytes, {}};
  std::string chunk(static_cast<std::size_t>(kArtifactChunkBytes), '\0');
  while (file.read(chunk.data(), kArtifactChunkBytes) || file.gcount() > 0) {
    const auto bytes = static_cast<std::size_t>(file.gcount());
    artifact.chunks.push_back(sha256_hex(std::string_view(chunk).substr(0, bytes)));
    artifact.size += file.gcount();
  }
  auto whole = sha256_file(path);
  if (file.bad() || !whole || artifact.size != static_cast<std::int64_t>(size)) {
    return refuse("the file changed or became unreadable while it was read", "try again");
  }
  artifact.sha256 = std::move(*whole);
  return artifact;
}

Result<void> set_param(Manifest& manifest, std::string_view assignment) {
  const std::string name(assignment.substr(0, assignment.find('=')));
  const std::string cure = "build the job anew with --set " + std::string(assignment);
  const auto param = manifest.job.params.find(name);
  if (param != manifest.job.params.end() && param->second.file) {
    return fail(ErrorCode::kInvalid,
                "parameter " + in_quotes(name) + " is a file, which is part of the built job",
                "--set", cure);
  }
  Job job = manifest.job;
  MORT_TRY_VOID(set_param(job, assignment));
  const auto shaped = manifest.graph.params.find(name);
  if (shaped != manifest.graph.params.end() && shaped->second != job.params.at(name).value) {
    return fail(ErrorCode::kInvalid,
                "parameter " + in_quotes(name) + " shaped the task graph of the built job, with " +
                    in_quotes(shaped->second),
                "--set", cure);
  }
  manifest.job = std::move(job);
  return {};
}

std::string to_json(const Manifest& manifest) {
  const fs::path base = base_of(manifest.job);
  OrderedJson json{{"format", kFormat}};
  json["job"] = job_to_json(manifest.job, base);
  json["graph"] = graph_to_json(relative(manifest.graph, base), {});
  OrderedJson& artifacts = json["artifacts"] = OrderedJson::array();
  for (const Artifact& artifact : manifest.artifacts) {
    artifacts.push_back({{"kind", artifact.kind},
                         {"name", artifact.name},
                         {"sha256", artifact.sha256},
                         {"size", artifact.size},
                         {"chunk_size", artifact.chunk_size},
                         {"chunks", artifact.chunks}});
  }
  return dump(json, 2) + "\n";
}

Result<Manifest> manifest_from_json(std::string_view text) {
  Document document(text);
  document.require_format(kFormat);
  const Value root = document.root();
  Manifest manifest;
  manifest.job = read_job(root["job"]);
  manifest.graph = read_graph(root["graph"]);
  for (const Value& value : root["artifacts"].items(kMaxArtifacts)) {
    manifest.artifacts.push_back(read_artifact(value));
  }
  if (!document.error()) check_manifest(manifest, root);
  return document.finish(std::move(manifest));
}

}  // namespace mort::graph
