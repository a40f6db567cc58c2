// The commands of `mort`: each adds itself to the command line and leaves its exit code.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "mort/agent/client.hpp"
#include "mort/base/result.hpp"

namespace mort::cli {

/// Shared by the commands: the exit code to end with.
struct Outcome {
  int code = 0;
  /// Prints an error with its cure and takes its exit code.
  void fail_with(const Error& error);
};

void add_agent(CLI::App& app, Outcome& outcome);
void add_run(CLI::App& app, Outcome& outcome);
void add_build(CLI::App& app, Outcome& outcome);
void add_submit(CLI::App& app, Outcome& outcome);
void add_plan(CLI::App& app, Outcome& outcome);
void add_analyze(CLI::App& app, Outcome& outcome);
void add_idl(CLI::App& app, Outcome& outcome);
void add_listings(CLI::App& app, Outcome& outcome);  ///< nodes, jobs, tasks, topics, logs
void add_stop(CLI::App& app, Outcome& outcome);
void add_rights(CLI::App& app, Outcome& outcome);

/// The option --agent: a data directory or a socket; default $MORT_AGENT, then the default data
/// directory.
void add_agent_option(CLI::App& command, std::string& agent);
agent::Client connect(const std::string& agent);

}  // namespace mort::cli
