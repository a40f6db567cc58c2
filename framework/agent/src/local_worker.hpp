// Supervises the worker of one job on this node: artifacts, start, events, crashes with back-off,
// state reports.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>

#include "crash_policy.hpp"
#include "mort/agent/artifacts.hpp"
#include "mort/agent/core.hpp"
#include "mort/agent/launcher.hpp"
#include "mort/space/replica.hpp"
#include "records.hpp"

namespace mort::agent {

/// Threads: the agent's lane. One object a job and node; a new epoch begins again with reset().
class LocalWorker {
 public:
  struct Context {
    const CoreOptions& options;
    scheduler::Lane& lane;
    space::Replica& replica;
    ArtifactExchange& exchange;
    const ArtifactStore& artifacts;
    Launcher& launcher;
    std::function<void(LogLine line)> on_log;
    /// A worker has ended, maybe without leaving the bus in good order.
    std::function<void(const bus::Participant&)> say_goodbye_for;
  };

  LocalWorker(Context context, const JobView& job, graph::Manifest manifest);
  ~LocalWorker();

  /// Does what the commands ask for now: begin, start, stop, or begin again under a new epoch.
  void follow(const JobView& job);
  /// The whole set of denials in force.
  void set_denied(std::set<worker::Denial> denied);
  /// Lets the process leave the fleet in good order; by force after a time.
  void end();
  /// Ends the process at once.
  void kill();
  bool ended() const { return ended_; }
  const std::map<std::string, std::string>& results() const { return results_; }
  const graph::Manifest& manifest() const { return manifest_; }
  const std::string& user() const { return user_; }

 private:
  void begin(bool in_mid_job);
  void fetch_next();
  void launch();
  void on_event(const worker::Event& event);
  void on_exit(const std::string& how);
  void drop_process();
  void set_phase(Phase phase, std::string message = {});
  void report();
  void report_topics();
  void log(const std::string& task, const std::string& text);
  std::vector<const graph::Artifact*> wanted_artifacts() const;

  const Context context_;
  const graph::Manifest manifest_;
  const std::string job_;
  const std::string user_;
  const std::map<std::string, std::string> assign_;
  const std::map<std::string, int> lanes_;
  const std::string owner_;
  const std::vector<std::string> nodes_;
  std::set<worker::Denial> denied_;
  std::uint32_t epoch_ = 0;
  std::uint64_t generation_ =
      0;  ///< of process and fetches: late answers of an earlier one are not listened to
  std::uint32_t next_incarnation_ = 0;  ///< in this epoch
  bool restarted_ = false;
  bool start_sent_ = false;
  bool stop_sent_ = false;
  bool ended_ = false;
  bool restart_by_job_ = false;
  int damaged_ = 0;  ///< artifacts found so
  WorkerRecord record_;
  CrashHistory crashes_;  ///< over all epochs
  Nanoseconds launched_at_{0};
  std::mt19937_64 jitter_;
  std::map<std::string, std::string> results_;
  std::optional<scheduler::Lane::TimerId> restart_timer_;
  std::optional<scheduler::Lane::TimerId> kill_timer_;
  std::unique_ptr<WorkerProcess> process_;
  std::optional<bus::Participant> participant_;  ///< of the process
  std::shared_ptr<bool> alive_ =
      std::make_shared<bool>(true);  // shared with callbacks that may come late
};

}  // namespace mort::agent
