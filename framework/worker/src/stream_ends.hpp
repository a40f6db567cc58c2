// The workers of a job tell each other which topics have ended, and after which sample.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "mort/bus/bus.hpp"
#include "mort/scheduler/lane.hpp"
#include "mort/worker/config.hpp"

namespace mort::worker {

/// Ends travel beside the data, whose own wire stays plain DDS: any vendor's program can read it.
/// Threads: the control lane.
class StreamEnds {
 public:
  using OnEnd = std::function<void(const std::string& topic, const bus::Guid& writer,
                                   std::uint64_t last_sequence)>;
  /// `on_end` hears of the writers of other workers, each of which speaks for its own only.
  StreamEnds(const Config& config, scheduler::Lane& control, OnEnd on_end);
  /// Errors: those of the bus.
  Result<void> open(bus::Bus& bus);
  /// Tells every worker of the job, also those that are not there yet.
  void send(const std::string& topic, const bus::Guid& writer, std::uint64_t last_sequence);

 private:
  void receive();

  const bus::EndpointInfo info_;
  scheduler::Lane& control_;
  const OnEnd on_end_;
  std::unique_ptr<bus::Writer> writer_;
  std::unique_ptr<bus::Reader> reader_;
};

}  // namespace mort::worker
