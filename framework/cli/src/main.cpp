// mort: the one program of Mort.
#include <signal.h>

#include <cstdio>

#include "commands.hpp"
#include "mort/agent/service.hpp"
#include "mort/base/log.hpp"
#include "mort/base/visible_text.hpp"
#include "paths.hpp"

namespace mort::cli {

void Outcome::fail_with(const Error& error) {
  std::fprintf(stderr, "mort: %s\n", visible_text(to_string(error)).c_str());
  code = exit_code(error);
}

void add_agent_option(CLI::App& command, std::string& agent) {
  command.add_option("--agent", agent, "Data directory or socket of the agent to talk to")
      ->envname("MORT_AGENT")
      ->default_str(default_data_dir());
}

agent::Client connect(const std::string& agent) {
  const std::string where = agent.empty() ? default_data_dir() : agent;
  return agent::Client(where.ends_with(".sock") ? where : agent::socket_path(where));
}

}  // namespace mort::cli

int main(int argc, char** argv) {
  using namespace mort::cli;
  signal(SIGPIPE, SIG_IGN);
  mort::log::configure("mort", mort::log::Level::kInfo);
  CLI::App app(
      "Runs one job on a fleet of Raspberry Pis and PCs: reads the task graph from the C++ "
      "sources, places the\n"
      "tasks so that the least data crosses the network, ships and runs them.\n\n"
      "Try it on this machine alone:  mort run examples/text_statistics/job.yaml --nodes 3 --set "
      "passes=1",
      "mort");
  app.set_version_flag("--version", "mort " MORT_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 done; 1 the job or check ran and failed; 2 input refused; 3 nothing fits;\n"
      "4 denied by rights; 5 fleet unreachable or timed out; 130 interrupted.");
  Outcome outcome;
  add_run(app, outcome);
  add_agent(app, outcome);
  add_submit(app, outcome);
  add_build(app, outcome);
  add_plan(app, outcome);
  add_analyze(app, outcome);
  add_idl(app, outcome);
  add_listings(app, outcome);
  add_stop(app, outcome);
  add_rights(app, outcome);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& e) {
    return app.exit(e);
  } catch (const CLI::CallForAllHelp& e) {
    return app.exit(e);
  } catch (const CLI::CallForVersion& e) {
    return app.exit(e);
  } catch (const CLI::ParseError& e) {
    const std::string first = argc > 1 ? argv[1] : "";
    const bool unknown =
        !first.empty() && first[0] != '-' &&
        app.get_subcommands([&first](CLI::App* command) { return command->get_name() == first; })
            .empty();
    outcome.fail_with(
        {mort::ErrorCode::kInvalid,
         unknown ? "unknown command \"" + first + "\"" : e.what(),
         {},
         unknown || first.empty() ? "see `mort --help`" : "see `mort " + first + " --help`"});
  } catch (const std::exception& e) {  // of the standard library: no temporary folder, and the like
    outcome.fail_with({mort::ErrorCode::kFailed, e.what(), {}, {}});
  }
  return outcome.code;
}
