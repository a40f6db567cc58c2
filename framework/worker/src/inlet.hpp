// Where samples of one topic come into the worker from the bus.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "clock_offsets.hpp"
#include "ports.hpp"

namespace mort::worker {

/// One reader for one topic, fanned out to the subscriptions of this worker.
/// Threads: notify() from any; the rest on the inlet's lane.
class Inlet {
 public:
  struct Origin {
    std::string node;  ///< of this worker
    std::string job;   ///< accept this job's writers only; empty for topics of other jobs
    std::uint32_t epoch = 0;
    bool mid_stream = false;  ///< writers may have sent before this worker was there
    Nanoseconds hold_for{0};  ///< how long what is missing of a living writer is waited for
  };
  /// `clocks` must outlive the inlet.
  Inlet(std::string topic, Origin origin, scheduler::Lane& lane, const ClockOffsets& clocks);
  ~Inlet() { reader.reset(); }  // it may call notify() until it is gone

  void notify() { arrived_.ring(); }
  /// The writer has ended its stream after `last_sequence`.
  void writer_ended(const bus::Guid& writer, std::uint64_t last_sequence);
  /// No writer of this topic will be waited for (a topic of another job, when this job stops).
  void end_now();
  ReceivedStats stats() const;
  const std::string& topic() const { return topic_; }
  scheduler::Lane& lane() const { return lane_; }

  FanOut local;
  std::unique_ptr<bus::Reader> reader;
  /// Called with the reason when a payload could not be decoded, the first time.
  std::function<void(const std::string&)> on_undecodable;

 private:
  struct Source {
    std::uint64_t last = 0;
    std::uint64_t base = 0;  ///< added to its numbers, so that those of the topic go on
    bool known = false;
    bool same_node = false;
    const ClockOffsets::Estimate* clock = nullptr;
    std::optional<std::uint64_t> end;
  };
  void drain();
  void see(std::span<const std::uint8_t> payload);
  bool accepts(const bus::SampleInfo& sample) const;
  void receive(const bus::SampleInfo& sample);
  Source& source_of(const bus::SampleInfo& sample);
  Nanoseconds published_at(const bus::SampleInfo& sample, const Source& source) const;
  std::uint64_t missing() const;
  void check_end();
  void give_up();
  bool may_still_come() const;
  void end(std::uint64_t missing);

  const std::string topic_;
  const Origin origin_;
  scheduler::Lane& lane_;
  const ClockOffsets& clocks_;
  scheduler::Doorbell arrived_;
  const bus::PayloadSink sink_;
  Message seen_;  ///< what the sink made of the last payload; empty: undecodable
  std::size_t seen_bytes_ = 0;
  std::map<bus::Guid, Source> sources_;
  bool heard_ = false;               ///< from any of them
  std::uint64_t newest_ = 0;         ///< number within the topic
  std::uint64_t origin_number_ = 0;  ///< before the first that counts
  std::vector<ReceivedStats::Writer> writers_;
  std::uint64_t skipped_ = 0;  ///< not told to the subscriptions yet
  bool ended_ = false;
  std::optional<scheduler::Lane::TimerId> grace_;
  std::uint64_t samples_at_grace_ = 0;
  Nanoseconds progress_{0};  ///< when something came last
  std::uint64_t samples_ = 0;
  std::uint64_t undecodable_ = 0;
  bool complained_ = false;
  std::uint64_t local_bytes_ = 0;
  std::uint64_t network_bytes_ = 0;
};

}  // namespace mort::worker
