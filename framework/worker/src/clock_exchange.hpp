// The workers of a job compare their nodes' wall clocks over the bus.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "clock_offsets.hpp"
#include "mort/bus/bus.hpp"
#include "mort/scheduler/lane.hpp"
#include "mort/worker/config.hpp"

namespace mort::worker {

/// Sends a report a second and reads those of the others; does nothing in a job of one node.
/// Threads: the control lane; offsets(): see there.
class ClockExchange {
 public:
  /// `on_heard`: another node of the job has sent a report.
  ClockExchange(const Config& config, scheduler::Lane& control,
                std::function<void(const std::string& node)> on_heard);
  /// Errors: those of the bus.
  Result<void> open(bus::Bus& bus);
  const ClockOffsets& offsets() const { return offsets_; }

 private:
  void send();
  void receive();

  const bus::EndpointInfo info_;
  scheduler::Lane& control_;
  ClockOffsets offsets_;
  const std::function<void(const std::string&)> on_heard_;
  int sent_ = 0;
  std::unique_ptr<bus::Writer> writer_;
  std::unique_ptr<bus::Reader> reader_;
};

}  // namespace mort::worker
