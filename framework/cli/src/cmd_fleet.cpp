// agent, nodes, jobs, tasks, topics, logs, rights: the commands about the fleet.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>
#include <thread>

#include "commands.hpp"
#include "job_watch.hpp"
#include "mort/agent/placement.hpp"
#include "mort/agent/service.hpp"
#include "mort/base/log.hpp"
#include "mort/graph/job.hpp"
#include "paths.hpp"

namespace mort::cli {
namespace {

std::string host_name() {
  char name[256] = "node";
  gethostname(name, sizeof name - 1);
  return name;
}

/// More than any node has, and little enough to add up.
constexpr std::int64_t kMostMemory = std::int64_t{1} << 46;

struct AgentOptions : agent::ServiceOptions {
  std::vector<std::string> labels_given;
  std::string memory_given;
  bool no_tasks = false;
  double bulk_mbits = 0;
  bool no_shared_memory = false;
};

Result<void> run_agent(const AgentOptions& given) {
  agent::ServiceOptions options = given;
  options.takes_tasks = !given.no_tasks;
  options.network.bulk_rate = static_cast<std::uint64_t>(given.bulk_mbits * 1e6);
  options.network.shared_memory = !given.no_shared_memory;
  if (!graph::is_valid_name(options.node)) {
    return fail(ErrorCode::kInvalid, "not a node id: \"" + options.node + "\"", "--id",
                "use letters, digits, '_', '-' and '.', beginning with a letter");
  }
  if (options.node == agent::kExternalNode) {
    return fail(ErrorCode::kInvalid, "no node can be called \"" + options.node + "\"", "--id",
                "choose another id: this one stands for programs that are not Mort's");
  }
  if (!given.memory_given.empty()) {
    options.memory = graph::parse_bytes(given.memory_given).value_or(0);
    if (options.memory < 1 || options.memory > kMostMemory) {
      return fail(ErrorCode::kInvalid, "not an amount of memory: \"" + given.memory_given + "\"",
                  "--memory", "write a number and B, KiB, MiB or GiB, as 512MiB");
    }
  }
  for (const std::string& label : given.labels_given) {
    const std::size_t equals = label.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(ErrorCode::kInvalid, "not a label: \"" + label + "\"", "--label",
                  "write name=value");
    }
    options.labels[label.substr(0, equals)] = label.substr(equals + 1);
  }
  options.worker_program = worker_program();
  log::configure("mort-agent", log::Level::kInfo);
  return run_service(options);
}

std::string memory_cell(const Json& bytes) {
  if (!bytes.is_number()) return "-";
  return std::to_string(bytes.get<std::int64_t>() >> 20) + " MiB";
}

/// How one value of a listing is shown to a person.
std::string cell(const Json& value) {
  if (value.is_string()) return value.get<std::string>().empty() ? "-" : value.get<std::string>();
  if (value.is_number_float()) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2f", value.get<double>());
    return text;
  }
  if (value.is_object()) {
    std::string text;
    for (const auto& [name, item] : value.items())
      text += (text.empty() ? "" : ",") + name + "=" + cell(item);
    return text.empty() ? "-" : text;
  }
  return value.dump();
}

void add_listing(CLI::App& app, Outcome& outcome, const std::string& name, const std::string& help,
                 std::vector<std::string> columns) {
  struct Options {
    std::string agent;
    bool json = false;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(name, help);
  command->add_flag("--json", options->json, "Print JSON");
  add_agent_option(*command, options->agent);
  command->callback([options, &outcome, name, columns = std::move(columns)] {
    auto client = connect(options->agent);
    const auto answer = client.get("/v1/" + name);
    if (!answer) return outcome.fail_with(answer.error());
    if (options->json) {
      std::printf("%s\n", answer->c_str());
      return;
    }
    std::vector<std::vector<std::string>> rows(1);
    for (std::string column : columns) {
      for (char& c : column) c = static_cast<char>(std::toupper(c));
      rows[0].push_back(std::move(column));
    }
    for (const Json& entry : Json::parse(*answer)) {
      auto& row = rows.emplace_back();
      for (const std::string& column : columns)
        row.push_back(!entry.contains(column)   ? "-"
                      : column == "free_memory" ? memory_cell(entry[column])
                                                : cell(entry[column]));
    }
    std::fputs(table(rows).c_str(), stdout);
  });
}

struct LogOptions {
  std::string job;
  std::string task;
  std::string agent;
  bool follow = false;
  bool json = false;
};

void print_line(const Json& line, const LogOptions& options) {
  if (!options.task.empty() && line.value("task", "") != options.task) return;
  if (options.json) {
    std::printf("%s\n", line.dump().c_str());
    return;
  }
  std::printf("%s\n", describe_log_line(line).c_str());
}

Result<void> print_logs(const LogOptions& options) {
  auto client = connect(options.agent);
  if (options.follow) catch_interrupts();
  std::size_t next = 0;
  bool ended = false;
  do {
    MORT_TRY(answer, client.get("/v1/jobs/" + options.job + "/logs?skip=" + std::to_string(next)));
    const Json logs = Json::parse(answer);
    for (const Json& line : logs["lines"]) print_line(line, options);
    next = logs.value("next", std::size_t{0});
    std::fflush(stdout);
    if (options.follow) std::this_thread::sleep_for(std::chrono::milliseconds(200));
    if (options.follow) {
      MORT_TRY(job, client.get("/v1/jobs/" + options.job));
      ended = Json::parse(job).value("ended", false);
    }
  } while (options.follow && !interrupted() && !ended);
  if (interrupted()) return fail(ErrorCode::kInterrupted, "interrupted");
  return {};
}

}  // namespace

void add_agent(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<AgentOptions>();
  options->node = host_name();
  options->data_dir = default_data_dir();
  auto* command = app.add_subcommand("agent", "Run the agent of this machine");
  command
      ->add_option("--id", options->node,
                   "Id of this node, unique in the fleet (default: the host name)")
      ->capture_default_str();
  command->add_option("--cpu", options->cpu, "Cores that this node offers (default: all)")
      ->check(CLI::Range(0.001, 100000.0));
  command
      ->add_option("--data-dir", options->data_dir,
                   "Where the agent keeps its database, artifacts and socket")
      ->capture_default_str();
  command->add_option("--memory", options->memory_given,
                      "Memory that this node offers, e.g. 512MiB (default: all)");
  command->add_flag(
      "--no-tasks", options->no_tasks,
      "Take no tasks of new plans; what runs here goes on, and jobs may be submitted here");
  command->add_option("--label", options->labels_given, "Label of this node: name=value")
      ->take_all()
      ->allow_extra_args(false);
  command
      ->add_option("--domain", options->network.domain,
                   "DDS domain id of the fleet; 1 to 101 never collide with other ports")
      ->check(CLI::Range(0, 232))
      ->capture_default_str();
  command
      ->add_option("--interface", options->network.interfaces,
                   "IPv4 address of an interface to use (default: all)")
      ->take_all()
      ->allow_extra_args(false);
  command
      ->add_option("--peer", options->network.peers,
                   "IPv4 address where another agent may be, for networks without multicast; may "
                   "be repeated")
      ->take_all()
      ->allow_extra_args(false);
  command
      ->add_option("--max-datagram", options->network.max_datagram,
                   "Largest datagram in bytes, the same in the whole fleet; 1400 where the network "
                   "loses packets, as Wi-Fi does")
      ->check(CLI::Range(bus::Network::kSmallestDatagram, bus::Network::kLargestDatagram))
      ->capture_default_str();
  command
      ->add_option("--bulk-mbits", options->bulk_mbits,
                   "Mbit/s that large data may take together; 70 to 80 % of a slow link "
                   "(0: no limit)")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  command->add_flag("--no-shared-memory", options->no_shared_memory,
                    "Use UDP between the processes of this node too");
  command->add_option("--policy", options->policy_file,
                      "Access policy (YAML) that replaces the fleet's when this agent starts");
  command->footer(
      "Runs until SIGINT or SIGTERM.\nExample: mort agent --id node0 --cpu 4 --label zone=lab");
  command->callback([options, &outcome] {
    if (const auto ran = run_agent(*options); !ran) outcome.fail_with(ran.error());
  });
}

void add_listings(CLI::App& app, Outcome& outcome) {
  add_listing(
      app, outcome, "nodes", "List the nodes of the fleet",
      {"node", "arch", "cpu", "free_cpu", "utilization", "free_memory", "takes_tasks", "labels"});
  add_listing(app, outcome, "jobs", "List the jobs, ended ones too",
              {"job", "state", "epoch", "owner", "user", "reason"});
  add_listing(app, outcome, "tasks", "List the tasks of the jobs that run",
              {"job", "task", "node", "state", "run_s", "ticks", "missed_ticks", "overruns",
               "queueing_us", "message"});
  add_listing(
      app, outcome, "topics",
      "List the topics that jobs publish, and those of other DDS programs (on node external)",
      {"topic", "type", "task", "node", "rate_hz", "rate_bps", "job"});
  auto options = std::make_shared<LogOptions>();
  auto* logs = app.add_subcommand(
      "logs", "Show what the tasks of a job have logged and printed, on all nodes");
  logs->add_option("job", options->job, "Name or id of the job")->required();
  logs->add_option("--task", options->task, "Only the lines of this task");
  logs->add_flag("--follow", options->follow,
                 "Go on showing new lines until the job ends or Ctrl-C");
  logs->add_flag("--json", options->json, "Print one JSON object a line");
  add_agent_option(*logs, options->agent);
  logs->callback([options, &outcome] {
    if (const auto printed = print_logs(*options); !printed) outcome.fail_with(printed.error());
  });
}

void add_rights(CLI::App& app, Outcome& outcome) {
  struct Options {
    std::string agent;
    std::string file;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("rights", "Show or set the access policy of the fleet");
  command->require_subcommand(1);
  auto* show =
      command->add_subcommand("show", "Print the policy in force (nothing: everything is allowed)");
  add_agent_option(*show, options->agent);
  show->callback([options, &outcome] {
    auto client = connect(options->agent);
    const auto policy = client.get("/v1/policy");
    if (!policy) return outcome.fail_with(policy.error());
    std::fputs(policy->c_str(), stdout);
  });
  auto* set = command->add_subcommand("set", "Put a policy in force; an empty file lifts it");
  set->add_option("file", options->file, "Policy (YAML)")->required();
  add_agent_option(*set, options->agent);
  set->footer(
      "A rule is `allow: {...}` or `forbid: {...}`; a forbid wins, and what no rule allows is "
      "denied. Conditions:\n"
      "users, actions (submit, stop, set_rights, publish, subscribe), jobs, tasks, topics: lists "
      "of patterns;\n"
      "nodes: labels of the node where a task runs.\nExample policy file:\n  rules:\n    - allow: "
      "{}\n    - forbid: {users: [guest], actions: [submit]}");
  set->callback([options, &outcome] {
    std::ifstream file(options->file);
    std::stringstream text;
    text << file.rdbuf();
    if (!file)
      return outcome.fail_with(
          {ErrorCode::kInvalid, "cannot read the policy", options->file, "check the path"});
    auto client = connect(options->agent);
    if (const auto done = client.put("/v1/policy", text.str()); !done)
      outcome.fail_with(done.error());
  });
}

}  // namespace mort::cli
