// Watches the readers on other nodes that publishers here wait for.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "holds.hpp"
#include "mort/bus/bus.hpp"
#include "mort/scheduler/lane.hpp"
#include "mort/worker/config.hpp"
#include "ports.hpp"

namespace mort::worker {

/// Tells publications when to hold. Only topics that block take part. Threads: the control lane.
class ReaderWatch {
 public:
  /// `on_lost`: a reader was away for too long and the job is to fail; with the reason.
  ReaderWatch(const Config& config, bus::Bus& bus, scheduler::Lane& control,
              std::function<void(const std::string& reason)> on_lost);

  /// Before the start. `nodes`: the other nodes where the topic is read.
  void add(Publication& publication, const std::set<std::string>& nodes);
  void start();
  /// Some endpoints have been matched, or have gone.
  void matched();
  void heard(const std::string& node);
  /// To be called once a second.
  void look();

 private:
  struct Watched {
    Publication* publication = nullptr;
    std::map<std::string, bus::Guid> readers;  ///< by node: the one that counts
  };
  std::set<std::string> reading_nodes(Watched& watched);
  void tell();
  void lose(const std::string& node);

  const Config& config_;
  bus::Bus& bus_;
  scheduler::Lane& control_;
  const std::function<void(const std::string&)> on_lost_;
  std::map<std::string, Watched> watched_;  ///< by topic
  std::map<std::string, std::set<std::string>> nodes_;
  std::unique_ptr<Holds> holds_;  ///< from the start on
};

}  // namespace mort::worker
