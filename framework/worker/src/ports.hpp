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
               scheduler::Lane& lane, bool feedback = false);

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
  void count_undecodable() { ++lost_; }
  bool empty() const { return queue_.empty(); }
  bool feedback() const { return feedback_; }
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
  /// Samples and bytes that a `block` queue holds before it holds its publisher back; one sample of
  /// any size always fits.
  static constexpr std::uint32_t kCapacity = 1024;
  static constexpr std::size_t kCapacityBytes = 64UL << 20;
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
  void offer_across(Message&& message, std::uint64_t skipped);
  void offer_late(Arrival arrival);
  void push(Message&& message, std::uint64_t skipped);
  void drain();
  void pop_front();
  void release(const Message& message);
  void count_dropped();
  void clear();
  bool is_full() const;
  void room_changed();
  void count_latency(Nanoseconds published);
  void tell_owner();
  /// Samples that will never come.
  void count_missing(std::uint64_t samples) {
    if (detached_ || ended_) return;
    expected_ += samples;
    lost_ += samples;
  }

  // What a hand-over touches lies in two lines of the cache: with many tasks it is these that it
  // costs.
  const std::string topic_;
  const PortOwner* owner_ = nullptr;
  std::unique_ptr<Crossing> crossing_;  ///< where the producer is on another lane
  const bool block_;  ///< the producer's lane reads it: not one location with what follows
  bool ended_ : 1 = false;
  bool detached_ : 1 = false;
  bool allowed_ : 1 = true;
  bool left_ : 1 = false;
  bool counted_full_ : 1 = false;  ///< by the source
  const bool feedback_ : 1;
  const std::uint32_t depth_;
  std::uint64_t expected_ = 0;
  // The second line:
  std::atomic<const MessageType*> wanted_{nullptr};
  MessageQueue queue_;  // but for what lies behind its first message
  // Further ones:
  std::uint64_t lost_ = 0;  ///< of those expected
  FanOut* source_ = nullptr;
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
  /// To all subscriptions but the last.
  void push_copies(const Message& message, std::uint64_t skipped);
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

 private:
  /// Hand-overs in memory are timed at most this often a topic: readings of the clock would cost as
  /// much as half of one.
  static constexpr Nanoseconds kSampling = std::chrono::milliseconds(10);
  Status write(const void* object, const MessageType& type, std::size_t bytes);

  // In the order in which a hand-over touches them.
  const std::string topic_;
  scheduler::Lane& lane_;

 public:
  bus::Writer* writer = nullptr;   ///< owned by the worker
  bool remote_expected = false;    ///< another worker of the job reads this topic
  std::atomic<bool> held = false;  ///< a reader elsewhere is away: nothing is sent meanwhile
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

// The way of a message between tasks of one lane. It is inlined into what the task calls: one frame
// on the task's stack, where each further one would be one or two lines of the cache more.

inline bool Subscription::is_full() const {
  return queue_.size() >= kCapacity || queue_.bytes() >= kCapacityBytes;
}

/// A message that was offered is here no longer.
inline void Subscription::release(const Message& message) {
  if (!crossing_) return;
  Crossing& crossing = *crossing_;
  crossing.taken_bytes.store(
      crossing.taken_bytes.load(std::memory_order_relaxed) + message.payload_size(),
      std::memory_order_relaxed);
  crossing.taken.store(crossing.taken.load(std::memory_order_relaxed) + 1,
                       std::memory_order_release);
}

[[gnu::always_inline]] inline void Subscription::tell_owner() {
  if (owner_ == nullptr || owner_->task == nullptr) return;
  if (!owner_->ticking || finished()) owner_->task->wake();
}

[[gnu::always_inline]] inline void Subscription::push(Message&& message, std::uint64_t skipped) {
  if (skipped > 0) count_missing(skipped);
  const bool counts = !detached_ && !ended_;
  if (counts) ++expected_;
  if (!counts || !allowed_) {
    if (counts) ++lost_;
    release(message);
    return room_changed();
  }
  if (queue_.size() == depth_) drop_front();  // keep_last: the oldest gives way
  queue_.push_back(std::move(message));
  if (is_full()) {
    // keep_all that does not block is bounded in bytes as well.
    while (!block_ && depth_ == kCapacity && queue_.bytes() > kCapacityBytes && queue_.size() > 1)
      drop_front();
    room_changed();
  }
  tell_owner();
}

/// Tells the producer of room that was made, and keeps its count of those that have none.
inline void Subscription::room_changed() {
  if (!block_) return;
  const bool full = is_full();
  if (!crossing_ && full == counted_full_) return;
  if (source_ == nullptr) return;
  if (crossing_) return source_->room_made(true);
  counted_full_ = full;
  source_->full_here_ += full ? 1 : -1;
  if (!full) source_->room_made(false);
}

/// Its content may have been moved away.
inline void Subscription::pop_front() {
  release(queue_.front());
  const Nanoseconds published = queue_.front().published;
  queue_.pop_front();
  if (published != Message::kNotTimed) count_latency(published);
  room_changed();
}

inline std::shared_ptr<const void> Subscription::pop_object() {
  auto object = queue_.front().release_object();
  pop_front();
  return object;
}

[[gnu::always_inline]] inline void Subscription::offer(Message&& message, std::uint64_t skipped) {
  if (crossing_) return offer_across(std::move(message), skipped);
  push(std::move(message), skipped);
}

inline void FanOut::push(Message&& message, std::uint64_t skipped) {
  if (subscriptions_.size() > 1) push_copies(message, skipped);
  if (!empty())
    subscriptions_.back()->offer(std::move(message), skipped);  // moved: no count of shared use
}

[[gnu::always_inline]] inline Publication::Status Publication::publish(
    std::shared_ptr<const void>& object, const MessageType& type, std::size_t bytes) {
  if (!local.has_room() && !local.wait_for_room()) return Status::kFullHere;
  // Without a reader elsewhere there is nothing to encode. Readers of this job are matched before
  // the start, so where one is expected every sample is written and numbered, even while that
  // worker is away: its loss is then counted.
  if (writer != nullptr && (remote_expected || writer->has_readers())) {
    if (held.load(std::memory_order_acquire)) return Status::kFullElsewhere;
    const Status status = write(object.get(), type, bytes);
    if (status != Status::kSent) return status;
  }
  const Nanoseconds now = lane_.now();
  if (sent_++ == 0) first_ = now;
  last_ = now;
  bytes_ += bytes;
  if (local.empty()) return Status::kSent;
  Message message(std::move(object), type, bytes);
  message.sequence = sent_;
  if (sent_ == 1 || now - sampled_ >= kSampling) {
    sampled_ = now;
    message.published = lane_.clock().now();
  }
  local.push(std::move(message), 0);
  return Status::kSent;
}

}  // namespace mort::worker
