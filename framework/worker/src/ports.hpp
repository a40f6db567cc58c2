// The ports of a worker: publications and subscriptions of its tasks, and what lies between them.
#pragma once

#include <atomic>
#include <boost/container/small_vector.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crossing_queue.hpp"
#include "message_queue.hpp"
#include "mort/base/dense_object.hpp"
#include "mort/base/histogram.hpp"
#include "mort/bus/bus.hpp"
#include "mort/graph/job.hpp"
#include "mort/scheduler/doorbell.hpp"
#include "mort/scheduler/lane.hpp"
#include "mort/worker/protocol.hpp"
#include "room_gate.hpp"

namespace mort::worker {

class FanOut;

/// The task at a port, as the port sees it.
struct PortOwner {
  scheduler::LaneTask* task = nullptr;  ///< null before its start and after its end
  bool ticking = false;  ///< in WaitTick(): it has no use for data, only for the end of it
};

/// One task's queue for one topic. A producer (a task's publication or an inlet) offers, the task
/// takes. Threads: what is marked so: the lane of the producer; the rest: the lane of the task.
class alignas(64) Subscription : public DenseObject {
 public:
  Subscription(std::string task, std::string topic, const graph::QueueSettings& settings,
               scheduler::Lane& lane);

  // The producer's side:
  /// False: a `block` queue is full.
  bool has_room() const;
  /// Hands a message over; `skipped`: samples of its writer that never came before it. What a
  /// keep_last queue cannot hold is dropped and counted.
  void offer(Message&& message, std::uint64_t skipped);
  /// Ends the stream; `missing`: samples that will never come.
  void offer_end(std::uint64_t missing);

  // The task's side:
  void end();
  /// Stops taking part: what comes is dropped unseen.
  void detach();
  void set_allowed(bool allowed);
  /// The oldest message; the queue must not be empty.
  const Message& front() const { return queue_.front(); }
  /// Takes it; empty when there is none.
  Message pop();
  /// Takes the object of a message of a task here: front() must hold one.
  std::shared_ptr<const void> pop_object();
  /// Drops the oldest message, which then counts as lost.
  void drop_front();
  /// A message that was popped could not be decoded: it counts as lost.
  void count_undecodable() { --delivered_; }
  bool empty() const { return queue_.empty(); }
  bool finished() const { return (ended_ || detached_ || !allowed_) && queue_.empty(); }

  /// What the task takes; lets inlets decode before they fan out. Threads: any.
  const MessageType* wanted() const { return wanted_.load(std::memory_order_acquire); }
  void set_wanted(const MessageType& type) {
    if (wanted_.load(std::memory_order_relaxed) != &type)
      wanted_.store(&type, std::memory_order_release);
  }

  /// Whom to wake; before the start.
  void set_owner(const PortOwner& owner) { owner_ = &owner; }
  scheduler::Lane& lane() const { return lane_; }
  const std::string& task() const { return task_; }
  const std::string& topic() const { return topic_; }
  SubscribedStats stats() const;

 private:
  friend class FanOut;
  struct Arrival {
    Message message;
    std::uint64_t skipped = 0;
  };
  /// What lies between two lanes.
  struct Crossing {
    Crossing(Subscription& to, std::size_t capacity, std::size_t most_late);
    /// Samples and bytes that were offered and not taken when the producer looked last: not less
    /// than there are now.
    std::uint64_t load() const { return offered - taken_seen; }
    std::uint64_t held() const { return offered_bytes - taken_bytes_seen; }
    /// Looks again, which brings a line of the cache from the other lane.
    void look() {
      taken_seen = taken.load(std::memory_order_acquire);
      taken_bytes_seen = taken_bytes.load(std::memory_order_relaxed);
    }
    CrossingQueue<Arrival> queue;
    scheduler::Doorbell bell;
    std::atomic<bool> detached{false};
    // Of the producer:
    std::uint64_t offered = 0;
    std::uint64_t offered_bytes = 0;
    std::uint64_t taken_seen = 0;
    std::uint64_t taken_bytes_seen = 0;
    std::atomic<std::uint64_t> dropped{0};  ///< for want of room
    // Of the task, each with one writer:
    alignas(64) std::atomic<std::uint64_t> taken{0};
    std::atomic<std::uint64_t> taken_bytes{0};
    std::uint64_t dropped_seen = 0;
  };
  /// Before the start: who offers, from which lane.
  void connect(FanOut& source, scheduler::Lane& from);
  void offer_late(Arrival arrival);
  void push(Message&& message, std::uint64_t skipped);
  void drain();
  void pop_front();
  void release(const Message& message);
  void count_dropped();
  void clear();
  bool is_full() const;
  void room_changed();
  void count_latency(Nanoseconds latency);
  void tell_owner();
  void expect(std::uint64_t samples) {
    if (!detached_ && !ended_) expected_ += samples;
  }

  // What a hand-over touches lies in as few lines of the cache as can be: with many tasks it is
  // these that it costs.
  const PortOwner* owner_ = nullptr;
  std::unique_ptr<Crossing> crossing_;  ///< where the producer is on another lane
  FanOut* source_ = nullptr;
  const bool block_;  ///< the producer's lane reads it: not one location with what follows
  bool ended_ : 1 = false;
  bool detached_ : 1 = false;
  bool allowed_ : 1 = true;
  bool counted_full_ : 1 = false;  ///< by the source
  const std::uint32_t depth_;
  std::uint64_t expected_ = 0;
  std::uint64_t delivered_ = 0;
  std::size_t queued_bytes_ = 0;
  std::atomic<const MessageType*> wanted_{nullptr};
  // The second line:
  MessageQueue queue_;
  // The third:
  const std::string topic_;
  scheduler::Lane& lane_;
  /// Made when it is needed: it is large, and subscriptions that lie close together take fewer
  /// pages, each of which costs a walk of the page tables where tasks are many.
  std::unique_ptr<Histogram> latency_;
  const std::string task_;
};

/// Where samples of one topic go inside the worker, and how they hold their producer back.
/// Threads: add() before the start; the rest on the producer's lane, but for room_made().
class FanOut {
 public:
  /// `on_room` is called on the producer's lane after wait_for_room() has answered false.
  FanOut(scheduler::Lane& producer, std::function<void()> on_room)
      : producer_(producer), room_(producer, std::move(on_room)) {}

  void add(Subscription& subscription);
  bool empty() const { return subscriptions_.empty(); }
  bool has_room() const { return full_here_ == 0 && (!blocked_elsewhere_ || has_room_elsewhere()); }
  /// Asks to be told of room. True: there is some already.
  bool wait_for_room();
  void push(Message&& message, std::uint64_t skipped);
  void end(std::uint64_t missing);
  /// The type that every subscription takes, once all have said so and it is one.
  const MessageType* wanted() const;

 private:
  friend class Subscription;
  bool has_room_elsewhere() const;
  /// A subscription has taken something, or will take nothing any more.
  void room_made(bool on_other_lane);

  boost::container::small_vector<Subscription*, 1> subscriptions_;
  int full_here_ = 0;  ///< subscriptions on the producer's lane that have no room
  RoomGate<> gate_;
  bool blocked_elsewhere_ = false;       ///< `crossing_` is not empty
  std::vector<Subscription*> crossing_;  ///< those that block, on other lanes
  scheduler::Lane& producer_;
  scheduler::Doorbell room_;
};

/// One task's right and way to publish one topic. Threads: the lane of the task.
class alignas(64) Publication : public DenseObject {
 public:
  /// `on_room`: see FanOut.
  Publication(std::string task, std::string topic, std::string type, scheduler::Lane& lane,
              std::function<void()> on_room);
  enum class Status {
    kSent,
    kFullHere,       ///< nothing was sent: a subscription here is full, on_room will be called
    kFullElsewhere,  ///< nothing was sent: the bus is full; look again later
    kFailed
  };

  /// `bytes`: encoded_size of the object, which is moved on where it is sent.
  Status publish(std::shared_ptr<const void>& object, const MessageType& type, std::size_t bytes);
  /// Ends the stream: subscribers here at once, others through `on_end`.
  void end();
  PublishedStats stats() const;
  const std::string& topic() const { return topic_; }

  // In the order in which a hand-over touches them.
 private:
  const std::string topic_;
  scheduler::Lane& lane_;

 public:
  bus::Writer* writer = nullptr;  ///< owned by the worker
  bool remote_expected = false;   ///< another worker of the job reads this topic
  bool allowed = true;

 private:
  bool ended_ = false;
  std::uint64_t sent_ = 0;
  std::uint64_t bytes_ = 0;
  Nanoseconds last_{0};
  Nanoseconds sampled_{0};  ///< when a hand-over in memory was last timed

 public:
  FanOut local;

 private:
  Nanoseconds first_{0};

 public:
  std::function<void(std::uint64_t last_sequence)> on_end;
  std::size_t max_payload = 0;  ///< that the bus takes; 0: as large as any message may be

 private:
  const std::string task_;
  const std::string type_;
};

}  // namespace mort::worker
