// Follows a job until it ends: progress for a person, and the final report.
#pragma once

#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "mort/agent/client.hpp"
#include "mort/agent/plan_options.hpp"
#include "mort/base/result.hpp"

namespace mort::cli {

using Json = nlohmann::ordered_json;

/// Catches SIGINT and SIGTERM from now on; interrupted() tells whether one came.
void catch_interrupts();
bool interrupted();

struct WatchOptions {
  std::optional<std::chrono::milliseconds> duration;  ///< stop the job after this time of running
  bool show_progress = true;                          ///< and what tasks log, on stderr
  std::function<bool()> alive;                        ///< false ends the watch: the fleet is gone
};

struct Watched {
  Json job;  ///< the agent's last view of the job
  double wall_s = 0;
  bool interrupted = false;
};

/// Errors: kUnreachable when the agent is gone.
Result<Watched> watch_job(agent::Client& client, const std::string& job,
                          const WatchOptions& options);

/// The object that `mort run --json` prints.
Json report_of(const Watched& watched);
/// The same for a person.
std::string describe(const Json& report);
/// Prints the report on stdout, as JSON or for a person; gives the exit code that the job's end
/// stands for.
int print_report(const Watched& watched, bool json);

/// Uploads what the agent lacks, submits, and gives the agent's answer {"job","plan","stored_on"}.
struct Submission {
  bool follow = false;
  agent::PlanChoices planner;
  bool allow_one_copy = false;
};
struct BuiltJob;
Result<Json> submit_job(agent::Client& client, const BuiltJob& job, const Submission& submission);

/// "1.5s", "10s", "2m", "500ms". Errors: kInvalid.
Result<std::chrono::milliseconds> parse_duration(const std::string& text);

/// A line of a job's log as an agent gives it, for a person.
std::string describe_log_line(const Json& line);

std::string number(double value, int decimals);
/// Columns of text, aligned.
std::string table(std::vector<std::vector<std::string>> rows);

}  // namespace mort::cli
