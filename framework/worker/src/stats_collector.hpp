// Collects what the ports and tasks of a worker have counted.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "inlet.hpp"
#include "mort/scheduler/lane.hpp"
#include "mort/worker/protocol.hpp"
#include "task_runner.hpp"

namespace mort::worker {

/// Visits every lane in turn, so that each port is read on its own thread. What it refers to must
/// outlive it. Threads: the control lane.
class StatsCollector {
 public:
  using Runners = std::map<std::string, std::unique_ptr<TaskRunner>>;
  using Inlets = std::map<std::string, std::unique_ptr<Inlet>>;

  StatsCollector(const std::vector<scheduler::Lane*>& lanes, scheduler::Lane& control,
                 const Runners& runners, const Inlets& inlets)
      : lanes_(lanes), control_(control), runners_(runners), inlets_(inlets) {}
  /// `then` is called on the control lane.
  void collect(std::function<void(Stats)> then);

 private:
  struct Round {
    Stats stats;
    std::function<void(Stats)> then;
    std::size_t lane = 0;
    Runners::const_iterator next;
  };
  void visit(std::shared_ptr<Round> round);
  void collect_some(Round& round, const scheduler::Lane& lane) const;

  const std::vector<scheduler::Lane*>& lanes_;
  scheduler::Lane& control_;
  const Runners& runners_;
  const Inlets& inlets_;
};

}  // namespace mort::worker
