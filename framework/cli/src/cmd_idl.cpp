// idl: the message types of tasks as OMG IDL.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sstream>

#include "analysis.hpp"
#include "commands.hpp"
#include "mort/dds_topics/wire_names.hpp"
#include "mort/graph/idl.hpp"
#include "mort/graph/job.hpp"
#include "mort/graph/task_graph.hpp"

namespace mort::cli {
namespace {

struct IdlOptions {
  std::vector<std::string> inputs;  ///< as given: sources, a job, a graph, names of types
};

Result<std::string> read_text(const std::string& path) {
  std::error_code error;
  std::ifstream file(path, std::ios::binary);
  if (!std::filesystem::is_regular_file(path, error) || !file) {
    return fail(ErrorCode::kInvalid, "cannot read the task graph", path,
                "check that the file exists and is readable");
  }
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The document "mort-graph-1" of a file that has one, or else of the sources.
Result<std::string> graph_text(const std::vector<std::string>& files) {
  if (files.size() == 1 && files.front().ends_with(".json")) return read_text(files.front());
  AnalyzeOptions options;
  options.files = files;
  options.format = "json";
  MORT_TRY(run, run_analyzer(options));
  return std::move(run.out);
}

bool is_job(const std::string& file) {
  return file.ends_with(".yaml") || file.ends_with(".yml");
}

/// Where the places of findings start.
std::string root_of(const std::vector<std::string>& files) {
  namespace fs = std::filesystem;
  return (is_job(files.front()) ? fs::absolute(files.front()).parent_path() : fs::current_path())
      .string();
}

/// A job's topics as a program of another vendor has to open them.
class WireTopics {
 public:
  WireTopics(const graph::Job& job, const graph::TaskGraph& graph) : job_(job), graph_(graph) {}

  /// For all topics, or for those that carry one of `types`. The types that they need on the wire
  /// replace `types`; those of ROS 2 topics are added to `table`.
  Result<std::string> describe(std::vector<std::string>& types, graph::TypeTable& table) const {
    std::string text;
    std::set<std::string> on_wire;
    std::set<std::string> beside(types.begin(), types.end());  // carried by no topic
    bool any_ros2 = false;
    for (const std::string& topic : graph_.topics()) {
      const std::string type = graph_.type_of(topic);
      if (!types.empty() && std::find(types.begin(), types.end(), type) == types.end()) continue;
      const graph::TopicSettings& settings = job_.topic(topic);
      MORT_TRY(names, dds_topics::wire_names({topic, type, settings.ros2}));
      text += "// Topic " + names.name + ": type " + names.type + ", " + qos_of(settings) + "; " +
              ends_of(topic) + ".\n";
      on_wire.insert(names.type);
      beside.erase(type);
      any_ros2 = any_ros2 || settings.ros2;
    }
    on_wire.insert(beside.begin(), beside.end());
    if (any_ros2 || !types.empty()) types.assign(on_wire.begin(), on_wire.end());
    if (any_ros2) {
      MORT_TRY_VOID(add_ros2_names(table));
    }
    return text;
  }

 private:
  static std::string qos_of(const graph::TopicSettings& settings) {
    return std::string(settings.reliability == graph::Reliability::kReliable ? "RELIABLE"
                                                                             : "BEST_EFFORT") +
           ", VOLATILE, " +
           (settings.history == graph::History::kKeepAll
                ? "KEEP_ALL"
                : "KEEP_LAST" + (settings.depth_given ? " " + std::to_string(settings.depth) : ""));
  }
  std::string ends_of(const std::string& topic) const {
    const graph::TaskDecl* publisher = graph_.publisher_of(topic);
    std::string text =
        publisher == nullptr ? "written by others" : "written by task " + publisher->name;
    const auto readers = graph_.subscribers_of(topic);
    for (std::size_t i = 0; i < readers.size(); ++i)
      text += (i == 0 ? ", read by " : ", ") + readers[i]->name;
    return text;
  }
  static Result<void> add_ros2_names(graph::TypeTable& table) {
    std::map<std::string, std::string> old_names;
    std::optional<Error> clash;
    auto ros2 = graph::renamed(table, [&](const std::string& type) {
      const auto names = dds_topics::wire_names({"topic", type, true});
      const std::string name = names ? names->type : type;
      const auto& first = old_names.emplace(name, type).first->second;
      if (first != type) {
        clash = Error{ErrorCode::kInvalid,
                      "types " + first + " and " + type + " have one name under ROS 2, " + name,
                      {},
                      "rename one of them"};
      }
      return name;
    });
    if (clash) return tl::unexpected<Error>(*clash);
    table.structs.merge(ros2.structs);
    table.enums.merge(ros2.enums);
    return {};
  }

  const graph::Job& job_;
  const graph::TaskGraph& graph_;
};

Result<void> print_idl(const IdlOptions& options) {
  std::vector<std::string> files;
  std::vector<std::string> types;
  for (const std::string& input : options.inputs)
    (graph::is_valid_type_name(input) ? types : files).push_back(input);
  if (files.empty()) {
    return fail(ErrorCode::kInvalid, "no sources given", {},
                "name a job YAML, C++ files, or a task graph as JSON before the types");
  }
  MORT_TRY(text, graph_text(files));
  MORT_TRY(findings, graph::diagnostics_from_json(text));
  MORT_TRY_VOID(judge(findings, root_of(files)));
  MORT_TRY(task_graph, graph::task_graph_from_json(text));
  std::string topics;
  graph::TypeTable table = task_graph.types;
  if (is_job(files.front())) {
    MORT_TRY(job, graph::load_job(files.front()));
    MORT_TRY(described, WireTopics(job, task_graph).describe(types, table));
    topics = std::move(described);
  }
  MORT_TRY(idl, graph::to_idl(table, types));
  std::fputs((topics + idl).c_str(), stdout);
  return {};
}

}  // namespace

void add_idl(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<IdlOptions>();
  auto* command = app.add_subcommand(
      "idl",
      "Print the message types of tasks as OMG IDL, for other DDS programs; of a job also how each "
      "topic is to be opened");
  command
      ->add_option("inputs", options->inputs,
                   "A job YAML, C++ sources, or a task graph (JSON); then names of types "
                   "(default: all)")
      ->required();
  command->footer(
      "The program joins the DDS domain of the agents (mort agent --domain, 0 if not said), uses "
      "the names of topic and type as printed,\n"
      "no partition, and a QoS that matches: a RELIABLE reader needs a RELIABLE writer. It must be "
      "there before a job that reads it is submitted:\n"
      "then `mort topics` lists it on node external. What is written before both ends have matched "
      "is not kept.\n"
      "Example: mort idl job.yaml > messages.idl && idlc messages.idl");
  command->callback([options, &outcome] {
    if (const auto done = print_idl(*options); !done) outcome.fail_with(done.error());
  });
}

}  // namespace mort::cli
