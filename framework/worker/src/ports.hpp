// The ports of a worker: publications and subscriptions of its tasks, and inlets for what comes
// over the bus.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "message.hpp"
#include "mort/base/histogram.hpp"
#include "mort/bus/bus.hpp"
#include "mort/graph/job.hpp"
#include "mort/scheduler/lane.hpp"
#include "mort/worker/protocol.hpp"

namespace mort::worker {

/// One task's queue for one topic. Threads: the lane of the task; has_room() from any.
class Subscription {
 public:
  Subscription(std::string task, std::string topic, const graph::TopicSettings& settings,
               scheduler::Lane& lane);

  /// Adds a message that was published at `published` (wall clock). `sequence` counts from 1 per
  /// writer.
  void push(MessagePtr message, Nanoseconds published);
  /// Adds to the samples that this subscription should have got.
  void expect(std::uint64_t samples) {
    if (!detached_ && !ended_) expected_ += samples;
  }
  void end();
  /// Stops taking part: what comes is dropped unseen.
  void detach();
  void set_allowed(bool allowed);

  MessagePtr pop();
  bool empty() const { return queue_.empty(); }
  bool finished() const { return (ended_ || detached_ || !allowed_) && queue_.empty(); }
  bool has_room() const { return !block_ || detached_flag_ || load_ < kCapacity; }
  /// A message is on its way here: counts against the room from now on. False: it is dropped and
  /// counted as lost, because this lane is far behind and must not gather what it will drop anyway.
  bool reserve();

  scheduler::Lane& lane() const { return lane_; }
  const std::string& task() const { return task_; }
  const std::string& topic() const { return topic_; }
  SubscribedStats stats() const;

  std::function<void()> on_change;  ///< wakes the task
  std::function<void()> on_room;    ///< tells an inlet that was held back

 private:
  static constexpr std::size_t kCapacity = 1024;
  static constexpr std::size_t kSlack =
      64;  ///< messages on the way to a keep_last queue beside its depth
  const std::string task_;
  const std::string topic_;
  scheduler::Lane& lane_;
  const bool block_;
  const std::size_t depth_;
  std::deque<MessagePtr> queue_;
  bool ended_ = false;
  bool detached_ = false;
  bool allowed_ = true;
  std::uint64_t expected_ = 0;
  std::uint64_t delivered_ = 0;
  Histogram latency_;
  std::atomic<std::size_t> load_{0};  ///< queued or on the way, across lanes
  std::atomic<bool> detached_flag_{false};
  std::atomic<std::uint64_t> overflow_{0};  ///< dropped before they came to this lane
};

/// Where samples of one topic go inside the worker. Threads: add() before the start; the rest on
/// one lane.
class FanOut {
 public:
  void add(Subscription* subscription) { subscriptions_.push_back(subscription); }
  bool empty() const { return subscriptions_.empty(); }
  bool has_room() const;
  /// `skipped`: samples of the writer that never came before this one.
  void push(scheduler::Lane& from, const MessagePtr& message, Nanoseconds published,
            std::uint64_t skipped) const;
  /// `missing`: samples that will never come.
  void end(scheduler::Lane& from, std::uint64_t missing) const;

 private:
  std::vector<Subscription*> subscriptions_;
};

/// One task's right and way to publish one topic. Threads: the lane of the task.
class Publication {
 public:
  Publication(std::string task, std::string topic, std::string type, scheduler::Lane& lane);
  enum class Status { kSent, kFull, kFailed };

  /// kFull: nothing was sent; try again when there is room.
  Status publish(const MessagePtr& message, Nanoseconds wall);
  /// Ends the stream: subscribers here at once, others through `on_end`.
  void end();
  PublishedStats stats() const;
  const std::string& topic() const { return topic_; }

  FanOut local;
  bus::Writer* writer = nullptr;  ///< owned by the worker
  bool remote_expected = false;   ///< another worker of the job reads this topic
  bool allowed = true;
  std::function<void(std::uint64_t last_sequence)> on_end;

 private:
  const std::string task_;
  const std::string topic_;
  const std::string type_;
  scheduler::Lane& lane_;
  bool ended_ = false;
  std::uint64_t sent_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t memory_bytes_ = 0;
  Nanoseconds first_{0};
  Nanoseconds last_{0};
};

/// One reader for one topic, fanned out to the subscriptions of this worker.
/// Threads: notify() from any; the rest on the inlet's lane.
class Inlet {
 public:
  struct Origin {
    std::string node;  ///< of this worker
    std::string job;   ///< accept this job's writers only; empty for topics of other jobs
    std::uint32_t epoch = 0;
    bool mid_stream = false;  ///< writers may have sent before this worker was there
  };
  Inlet(std::string topic, Origin origin, scheduler::Lane& lane);

  void notify();
  /// A subscription has taken something; goes on if the inlet was held back. Threads: any.
  void room_made();
  void drain();
  /// The writer has ended its stream after `last_sequence`.
  void writer_ended(const bus::Guid& writer, std::uint64_t last_sequence);
  /// No writer of this topic will be waited for (a topic of another job, when this job stops).
  void end_now();
  ReceivedStats stats() const;
  const std::string& topic() const { return topic_; }
  scheduler::Lane& lane() const { return lane_; }

  FanOut local;
  std::unique_ptr<bus::Reader> reader;

 private:
  struct Source {
    std::uint64_t last = 0;
    bool known = false;
    std::optional<std::uint64_t> end;
  };
  bool accepts(const bus::Sample& sample) const;
  void receive(bus::Sample sample);
  void check_end();
  void give_up();

  const std::string topic_;
  const Origin origin_;
  scheduler::Lane& lane_;
  std::atomic<bool> notified_{false};
  std::atomic<bool> held_back_{false};
  std::map<bus::Guid, Source> sources_;
  bool ended_ = false;
  std::optional<scheduler::Lane::TimerId> grace_;
  std::uint64_t samples_at_grace_ = 0;
  std::uint64_t samples_ = 0;
  std::uint64_t local_bytes_ = 0;
  std::uint64_t network_bytes_ = 0;
};

}  // namespace mort::worker
