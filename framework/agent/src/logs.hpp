// The log lines of all jobs, shared by all agents over the bus, the newest kept.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "mort/agent/core.hpp"
#include "mort/bus/bus.hpp"
#include "mort/scheduler/lane.hpp"

namespace mort::agent {

/// Threads: the lane. Bounded: kMostLines and kMostBytes a job, kMostJobs jobs.
class Logs {
 public:
  Logs(std::string node, scheduler::Lane& lane, bus::Bus& bus);
  ~Logs();
  Result<void> open();
  /// Keeps a text of this node, as lines fit to be seen, and tells the others.
  void add(LogLine line);
  /// {"next": n, "lines": [{"node","task","time_ms","text"}]}: the lines of a job after the first
  /// `skip`.
  std::string lines_json(const std::string& job, std::size_t skip) const;

 private:
  struct JobLog {
    std::size_t dropped = 0;  ///< older lines that are no longer kept
    std::deque<LogLine> lines;
    std::size_t bytes = 0;  ///< of their texts
  };
  void keep(LogLine line);
  void read();

  const std::string node_;
  scheduler::Lane& lane_;
  bus::Bus& bus_;
  std::map<std::string, JobLog> jobs_;
  std::deque<std::string> job_order_;
  std::unique_ptr<bus::Writer> writer_;
  std::unique_ptr<bus::Reader> reader_;
};

}  // namespace mort::agent
