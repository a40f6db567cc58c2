// Reads the job YAML. Every reading either succeeds or says where, what, and how to cure it.
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "job_keys.hpp"
#include "mort/graph/job.hpp"
#include "names.hpp"
#include "yaml_values.hpp"

namespace mort::graph {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxLineDigits = 9;

/// The reader of one file; fills `job` section by section.
class JobReader {
 public:
  explicit JobReader(const std::string& path) {
    job_.file = path;
    std::error_code error;
    folder_ = fs::absolute(path, error).parent_path();
  }

  Result<Job> read(const YamlNode& root) {
    MORT_TRY_VOID(require_keys(root, "the job description", kJobKeys));
    MORT_TRY(job_name, name(*root.find("job"), "job"));
    job_.name = std::move(job_name);
    MORT_TRY_VOID(read_paths(*root.find("sources"), "sources", false, job_.sources));
    if (const YamlNode* node = root.find("include")) {
      MORT_TRY_VOID(read_paths(*node, "include", true, job_.include));
    }
    if (const YamlNode* node = root.find("params")) MORT_TRY_VOID(read_params(*node));
    if (const YamlNode* node = root.find("on_crash")) {
      MORT_TRY(on_crash, read_on_crash(*node));
      job_.on_crash = on_crash;
    }
    if (const YamlNode* node = root.find("hold_for")) {
      MORT_TRY(hold_for, duration(*node, key_of(kJobKeys, "hold_for")));
      job_.hold_for_ns = hold_for;
    }
    if (const YamlNode* node = root.find("after_hold")) {
      MORT_TRY(text, choice(*node, key_of(kJobKeys, "after_hold")));
      job_.after_hold = text == "go_on" ? AfterHold::kGoOn : AfterHold::kFail;
    }
    if (const YamlNode* node = root.find("when")) MORT_TRY_VOID(read_when(*node));
    // Before the tasks: queues of subscriptions start from their topics.
    if (const YamlNode* node = root.find("topics")) MORT_TRY_VOID(read_topics(*node));
    if (const YamlNode* node = root.find("tasks")) MORT_TRY_VOID(read_tasks(*node));
    if (const YamlNode* node = root.find("lanes")) MORT_TRY_VOID(read_lanes(*node));
    if (const YamlNode* node = root.find("declares")) MORT_TRY_VOID(read_declares(*node));
    return std::move(job_);
  }

 private:
  Result<void> read_paths(const YamlNode& node, const std::string& what, bool folders,
                          std::vector<std::string>& into) {
    if (node.kind != YamlNode::Kind::kSequence || node.items.empty()) {
      return refuse(node.place,
                    what + " must be a list with one entry at least, not " +
                        (node.items.empty() && node.kind == YamlNode::Kind::kSequence
                             ? "an empty one"
                             : std::string(kind_name(node))),
                    "write " + what + ": [" + (folders ? "folder" : "file.cpp") + "]");
    }
    std::set<std::string> seen;
    for (const YamlNode& item : node.items) {
      MORT_TRY(path, resolve(item, what, folder_));
      std::error_code error;
      if (folders ? !fs::is_directory(path, error) : !is_file(path)) {
        return refuse(item.place,
                      in_quotes(item.text) + (folders ? " is no folder" : " is no file"),
                      "paths are relative to " + folder_.string());
      }
      if (!seen.insert(path.string()).second) {
        return refuse(item.place, in_quotes(item.text) + " is listed twice", "keep one of the two");
      }
      into.push_back(path.string());
    }
    return {};
  }

  Result<void> read_params(const YamlNode& node) {
    MORT_TRY_VOID(require_map(node, "params"));
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
      MORT_TRY(key, name(node.keys[i], "a parameter"));
      const YamlNode& item = node.items[i];
      const std::string what = "params." + key;
      Param param;
      param.place = node.keys[i].place;
      param.file = item.kind == YamlNode::Kind::kMap;
      if (param.file) {
        MORT_TRY_VOID(require_keys(item, what, kParamKeys));
        const YamlNode& file = *item.find("file");
        MORT_TRY(path, resolve(file, what + ".file", folder_));
        if (!is_file(path)) {
          return refuse(file.place, in_quotes(file.text) + " is no file",
                        "paths are relative to " + folder_.string());
        }
        param.value = path.string();
      } else {
        MORT_TRY(value, scalar(item, what));
        param.value = std::move(value);
      }
      job_.params.emplace(key, std::move(param));
    }
    return {};
  }

  Result<OnCrash> read_on_crash(const YamlNode& node) {
    MORT_TRY(text, choice(node, key_of(kJobKeys, "on_crash")));
    return text == "restart_job" ? OnCrash::kRestartJob : OnCrash::kRestartWorker;
  }

  Result<void> read_when(const YamlNode& node) {
    MORT_TRY_VOID(require_map(node, "when"));
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
      const std::string& key = node.keys[i].text;
      if (job_.params.count(key) == 0) {
        std::vector<std::string> known;
        for (const auto& [param, unused] : job_.params) known.push_back(param);
        return refuse(node.keys[i].place,
                      "when names " + in_quotes(key) + ", which is no parameter",
                      cure_for_unknown(key, "parameters", known));
      }
      MORT_TRY_VOID(require_keys(node.items[i], "when." + key, kWhenKeys));
      if (const YamlNode* value = node.items[i].find("on_crash")) {
        MORT_TRY(on_crash, read_on_crash(*value));
        job_.when_on_crash[key] = on_crash;
      }
    }
    return {};
  }

  Result<void> read_tasks(const YamlNode& node) {
    MORT_TRY_VOID(require_map(node, "tasks"));
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
      MORT_TRY(task, name(node.keys[i], "a task"));
      MORT_TRY(settings, read_task(node.items[i], "tasks." + task));
      settings.place = node.keys[i].place;
      job_.tasks.emplace(task, std::move(settings));
    }
    return {};
  }

  Result<TaskSettings> read_task(const YamlNode& node, const std::string& what) {
    MORT_TRY_VOID(require_keys(node, what, kTaskKeys));
    TaskSettings settings;
    MORT_TRY_VOID(read_hints(node, what, settings));
    if (const YamlNode* value = node.find("memory")) {
      MORT_TRY(memory, bytes(*value, key_of(kTaskKeys, "memory")));
      settings.memory_bytes = memory;
    }
    if (const YamlNode* value = node.find("node")) {
      MORT_TRY(pinned, name(*value, what + ".node"));
      settings.node = std::move(pinned);
    }
    if (const YamlNode* value = node.find("labels")) {
      MORT_TRY_VOID(read_labels(*value, what + ".labels", settings));
    }
    if (const YamlNode* value = node.find("subscriptions")) {
      MORT_TRY_VOID(read_subscriptions(*value, what + ".subscriptions", settings));
    }
    if (const YamlNode* value = node.find("feedback")) {
      MORT_TRY(feedback, read_topic_list(*value, what + ".feedback"));
      settings.feedback = std::move(feedback);
    }
    return settings;
  }

  Result<void> read_subscriptions(const YamlNode& node, const std::string& what,
                                  TaskSettings& settings) {
    MORT_TRY_VOID(require_map(node, what));
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
      MORT_TRY(topic, topic_name(node.keys[i], "a topic"));
      const std::string where = what + "." + topic;
      MORT_TRY_VOID(require_keys(node.items[i], where, kQueueKeys));
      const TopicSettings& start = job_.topic(topic);
      // Publishers wait only for queues of topics that block.
      MORT_TRY(queue, read_queue(node.items[i], where, start, start.block));
      settings.subscriptions.emplace(topic, queue);
    }
    return {};
  }

  Result<std::vector<std::string>> read_topic_list(const YamlNode& node, const std::string& what) {
    MORT_TRY_VOID(require_topic_list(node, what));
    std::vector<std::string> topics;
    for (const YamlNode& item : node.items) {
      MORT_TRY(topic, topic_name(item, what));
      if (std::find(topics.begin(), topics.end(), topic) != topics.end()) {
        return refuse(item.place, in_quotes(topic) + " is listed twice", "keep one of the two");
      }
      topics.push_back(std::move(topic));
    }
    return topics;
  }

  static Result<void> require_topic_list(const YamlNode& node, const std::string& what) {
    if (node.kind == YamlNode::Kind::kSequence && node.items.size() <= kMaxPorts) return {};
    return refuse(
        node.place,
        what + " must be a list of topics, " +
            (node.kind == YamlNode::Kind::kSequence ? "1000 at most"
                                                    : "not " + std::string(kind_name(node))),
        "write [topic, ...]; [] where there are none");
  }

  Result<void> read_lanes(const YamlNode& node) {
    MORT_TRY_VOID(require_keys(node, "lanes", kLaneKeys));
    if (const YamlNode* value = node.find("fifo_priority")) {
      MORT_TRY(priority, number(*value, key_of(kLaneKeys, "fifo_priority")));
      job_.lanes.fifo_priority = static_cast<int>(priority);
    }
    if (const YamlNode* value = node.find("cores")) {
      MORT_TRY(cores, cpu_list(*value, key_of(kLaneKeys, "cores")));
      job_.lanes.cores = std::move(cores);
    }
    return {};
  }

  /// What RegTask's options say as well, into settings or declaration of a task.
  template <class Settings>
  Result<void> read_hints(const YamlNode& node, const std::string& what, Settings& settings) {
    if (const YamlNode* value = node.find("cpu")) {
      MORT_TRY(cpu, number(*value, key_of(kTaskKeys, "cpu")));
      settings.cpu_millis = cpu;
    }
    if (const YamlNode* value = node.find("stack_kb")) {
      MORT_TRY(stack, number(*value, key_of(kTaskKeys, "stack_kb")));
      settings.stack_bytes = stack * 1024;
    }
    return read_period(node, what, settings);
  }

  template <class Settings>
  Result<void> read_period(const YamlNode& node, const std::string& what, Settings& settings) {
    const YamlNode* period = node.find("period_ms");
    const YamlNode* rate = node.find("rate_hz");
    if (period != nullptr && rate != nullptr) {
      return refuse(rate->place, what + " has both period_ms and rate_hz", "keep one of the two");
    }
    if (period != nullptr) {
      MORT_TRY(nanoseconds, number(*period, key_of(kTaskKeys, "period_ms")));
      settings.period_ns = nanoseconds;
    }
    if (rate != nullptr) {
      MORT_TRY(micro_hertz, number(*rate, key_of(kTaskKeys, "rate_hz")));
      settings.period_ns = (1'000'000'000'000'000 + micro_hertz / 2) / micro_hertz;
    }
    return {};
  }

  Result<void> read_labels(const YamlNode& node, const std::string& what, TaskSettings& settings) {
    MORT_TRY_VOID(require_map(node, what));
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
      MORT_TRY(label, name(node.keys[i], "a label"));
      MORT_TRY(value, scalar(node.items[i], what + "." + label));
      settings.labels.emplace(label, std::move(value));
    }
    return {};
  }

  Result<void> read_topics(const YamlNode& node) {
    MORT_TRY_VOID(require_map(node, "topics"));
    // The defaults come first, wherever they stand: the other topics start from them.
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
      if (node.keys[i].text != "*") continue;
      MORT_TRY(defaults, read_topic(node.items[i], "topics.*"));
      if (const YamlNode* external = node.items[i].find("external")) {
        return refuse(external->place, "topics.*: external is said of one topic, not of all",
                      "write it under the name of the topic");
      }
      defaults.place = node.keys[i].place;
      job_.topic_defaults = std::move(defaults);
    }
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
      const YamlNode& key = node.keys[i];
      if (key.text == "*") continue;
      MORT_TRY_VOID(topic_name(key, "a topic"));
      MORT_TRY(settings, read_topic(node.items[i], "topics." + key.text));
      settings.place = key.place;
      job_.topics.emplace(key.text, std::move(settings));
    }
    return {};
  }

  Result<TopicSettings> read_topic(const YamlNode& node, const std::string& what) {
    MORT_TRY_VOID(require_keys(node, what, kTopicKeys));
    TopicSettings settings = job_.topic_defaults;
    if (const YamlNode* value = node.find("reliability")) {
      MORT_TRY(text, choice(*value, key_of(kTopicKeys, "reliability")));
      settings.reliability = text == "reliable" ? Reliability::kReliable : Reliability::kBestEffort;
    }
    const bool can_block = settings.reliability == Reliability::kReliable;
    MORT_TRY(queue, read_queue(node, what, settings, can_block));
    static_cast<QueueSettings&>(settings) = queue;
    if (node.find("depth") != nullptr) settings.depth_given = true;
    if (const YamlNode* value = node.find("bytes")) {
      MORT_TRY(bytes, number(*value, key_of(kTopicKeys, "bytes")));
      settings.bytes = bytes;
    }
    if (const YamlNode* value = node.find("max_bytes")) {
      MORT_TRY(bytes, number(*value, key_of(kTopicKeys, "max_bytes")));
      settings.max_bytes = bytes;
      if (settings.bytes && *settings.bytes > bytes) {
        return refuse(value->place,
                      what + ": max_bytes is less than the expected " +
                          std::to_string(*settings.bytes) + " bytes",
                      "make it at least as large as `bytes`");
      }
    }
    if (const YamlNode* value = node.find("external")) {
      MORT_TRY(external, flag(*value, key_of(kTopicKeys, "external")));
      settings.external = external;
    }
    if (const YamlNode* value = node.find("ros2")) {
      MORT_TRY(ros2, flag(*value, key_of(kTopicKeys, "ros2")));
      settings.ros2 = ros2;
    }
    return settings;
  }

  /// history, depth and overflow, from `start` on. `can_block`: with keep_all the publisher can be
  /// made to wait, because lost samples are sent again.
  Result<QueueSettings> read_queue(const YamlNode& node, const std::string& what,
                                   const QueueSettings& start, bool can_block) {
    QueueSettings queue = start;
    if (const YamlNode* value = node.find("history")) {
      MORT_TRY(text, choice(*value, key_of(kQueueKeys, "history")));
      queue.history = text == "keep_all" ? History::kKeepAll : History::kKeepLast;
    }
    if (const YamlNode* value = node.find("depth")) {
      MORT_TRY(depth, number(*value, key_of(kQueueKeys, "depth")));
      queue.depth = static_cast<std::int32_t>(depth);
      if (queue.history == History::kKeepAll) {
        return refuse(value->place, what + ": depth has no meaning with history keep_all",
                      "remove depth, or write history: keep_last");
      }
    }
    can_block = can_block && queue.history == History::kKeepAll;
    const YamlNode* value = node.find("overflow");
    if (value == nullptr) {
      queue.block = can_block;  // keep_all and reliable leave nothing else
      return queue;
    }
    MORT_TRY(text, choice(*value, key_of(kQueueKeys, "overflow")));
    queue.block = text == "block";
    if (queue.block && !can_block) {
      return refuse(value->place,
                    what + ": overflow block needs history keep_all and reliability reliable",
                    "say so of the topic: history: keep_all and reliability: reliable; or remove "
                    "overflow");
    }
    if (!queue.block && can_block) {
      return refuse(value->place, what + ": a reliable topic with history keep_all never drops",
                    "write history: keep_last with a depth, or overflow: block");
    }
    return queue;
  }

  Result<void> read_declares(const YamlNode& node) {
    MORT_TRY_VOID(require_map(node, "declares"));
    std::map<std::string, Place> names;
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
      const YamlNode& key = node.keys[i];
      const bool by_place = key.text.find(':') != std::string::npos;
      MORT_TRY(at, by_place ? place_key(key) : name(key, "a task"));
      MORT_TRY(declaration, read_declaration(node.items[i], "declares." + at, by_place));
      if (!by_place) declaration.name = at;
      declaration.place = key.place;
      const auto [first, fresh] = names.emplace(declaration.name, key.place);
      if (!fresh || job_.declares.count(at) > 0) {
        return refuse(
            key.place, (fresh ? at : "task " + in_quotes(declaration.name)) + " is declared twice",
            fresh ? "keep one of the two" : "the first is at " + to_string(first->second));
      }
      job_.declares.emplace(at, std::move(declaration));
    }
    return {};
  }

  /// "FILE:LINE" of a MORT_TASK, with FILE in the form in which the analyzer names it.
  Result<std::string> place_key(const YamlNode& key) {
    MORT_TRY(text, scalar(key, "a place"));
    const std::size_t colon = text.rfind(':');
    const std::string file = text.substr(0, colon);
    const std::string line = text.substr(colon + 1);
    if (file.empty() || line.empty() || line.size() > kMaxLineDigits || line.front() == '0' ||
        line.find_first_not_of("0123456789") != std::string::npos) {
      return refuse(key.place, in_quotes(text) + " is neither the name of a task nor a place",
                    "write TASK, or FILE:LINE of its MORT_TASK, as tasks.cpp:41");
    }
    const fs::path path = (folder_ / file).lexically_normal();
    if (!is_file(path)) {
      return refuse(key.place, in_quotes(file) + " is no file",
                    "paths are relative to " + folder_.string());
    }
    return path.lexically_relative(folder_.lexically_normal()).string() + ":" + line;
  }

  Result<Declaration> read_declaration(const YamlNode& node, const std::string& what,
                                       bool by_place) {
    MORT_TRY_VOID(require_map(node, what));
    const YamlNode* task = node.find("name");
    if (task != nullptr && !by_place) {
      return refuse(task->place, what + " has its name already: name belongs to a place",
                    "remove name, or write FILE:LINE of its MORT_TASK in the place of the task");
    }
    MORT_TRY_VOID(
        require_keys(node, what, by_place ? std::span(kDeclareKeys) : kDeclareKeysByName));
    if (node.keys.empty()) {
      return refuse(node.place, what + " declares nothing", "remove it, or write what is so");
    }
    Declaration declaration;
    if (task != nullptr) {
      MORT_TRY(known_as, name(*task, what + ".name"));
      declaration.name = std::move(known_as);
    }
    MORT_TRY_VOID(read_hints(node, what, declaration));
    if (const YamlNode* ports = node.find("sub")) {
      MORT_TRY(sub, read_ports(*ports, what + ".sub"));
      declaration.sub = std::move(sub);
    }
    if (const YamlNode* ports = node.find("pub")) {
      MORT_TRY(pub, read_ports(*ports, what + ".pub"));
      declaration.pub = std::move(pub);
    }
    return declaration;
  }

  Result<std::vector<DeclaredPort>> read_ports(const YamlNode& node, const std::string& what) {
    MORT_TRY_VOID(require_topic_list(node, what));
    std::vector<DeclaredPort> ports;
    std::set<std::string> seen;
    for (const YamlNode& item : node.items) {
      MORT_TRY(port, read_port(item, what));
      if (!seen.insert(port.topic).second) {
        return refuse(port.place, in_quotes(port.topic) + " is listed twice",
                      "keep one of the two");
      }
      ports.push_back(std::move(port));
    }
    return ports;
  }

  Result<DeclaredPort> read_port(const YamlNode& item, const std::string& what) {
    DeclaredPort port;
    port.place = item.place;
    if (item.kind != YamlNode::Kind::kMap) {
      MORT_TRY(topic, topic_name(item, what));
      port.topic = std::move(topic);
      return port;
    }
    MORT_TRY_VOID(require_keys(item, "an entry of " + what, kPortKeys));
    MORT_TRY(topic, topic_name(*item.find("topic"), "topic"));
    port.topic = std::move(topic);
    if (const YamlNode* type = item.find("type")) {
      MORT_TRY(text, scalar(*type, "type"));
      if (!is_valid_type_name(text)) {
        return refuse(type->place, in_quotes(text) + " is no name of a message type",
                      "write its qualified C++ name, as demo::Frame");
      }
      port.type = std::move(text);
    }
    return port;
  }

  Job job_;
  fs::path folder_;
};

}  // namespace

Result<Job> parse_job(std::string_view text, const std::string& path) {
  MORT_TRY(root, read_yaml(text, path));
  try {
    return JobReader(path).read(root);
  } catch (const std::exception& e) {  // std::filesystem, for paths beyond the system's bounds
    return fail(ErrorCode::kInvalid, e.what(), path, "use shorter paths");
  }
}

Result<Job> load_job(const std::string& path) {
  std::error_code error;
  std::ifstream file(path, std::ios::binary);
  if (!fs::is_regular_file(path, error) || !file) {
    return fail(ErrorCode::kInvalid, "cannot read the job description", path,
                "check that the file exists and is readable");
  }
  std::string text(kMaxYamlBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return parse_job(text, path);
}

}  // namespace mort::graph
