#include "ports.hpp"

#include <algorithm>

namespace mort::worker {
namespace {

/// Samples and bytes that a `block` queue holds before it holds its publisher back; one sample of
/// any size always fits.
constexpr std::uint32_t kCapacity = 1024;
constexpr std::size_t kCapacityBytes = 64UL << 20;
/// Samples on their way to a keep_last queue of another lane, beside its depth.
constexpr std::size_t kSlack = 64;
/// Hand-overs in memory are timed at most this often a topic: readings of the clock would cost as
/// much as half of one.
constexpr Nanoseconds kSampling = std::chrono::milliseconds(10);

}  // namespace

Subscription::Crossing::Crossing(Subscription& to, std::size_t capacity, std::size_t most_late)
    : queue(capacity, most_late), bell(to.lane(), [&to] { to.drain(); }) {}

Subscription::Subscription(std::string task, std::string topic,
                           const graph::QueueSettings& settings, scheduler::Lane& lane)
    : block_(settings.block),
      depth_(settings.history == graph::History::kKeepAll
                 ? kCapacity
                 : static_cast<std::uint32_t>(settings.depth)),
      topic_(std::move(topic)),
      lane_(lane),
      task_(std::move(task)) {}

void Subscription::connect(FanOut& source, scheduler::Lane& from) {
  source_ = &source;
  if (&from != &lane_)
    crossing_ = std::make_unique<Crossing>(*this, block_ ? kCapacity : depth_ + kSlack, depth_);
}

inline bool Subscription::is_full() const {
  return queue_.size() >= kCapacity || (queued_bytes_ >= kCapacityBytes && !queue_.empty());
}

bool Subscription::has_room() const {
  if (!block_) return true;
  if (!crossing_) return !is_full();
  if (crossing_->detached.load(std::memory_order_acquire)) return true;
  const auto fits = [this] {
    return crossing_->load() < kCapacity && crossing_->held() < kCapacityBytes;
  };
  if (fits()) return true;
  crossing_->look();
  return fits() || crossing_->load() == 0;
}

void Subscription::offer(Message&& message, std::uint64_t skipped) {
  if (!crossing_) return push(std::move(message), skipped);
  Crossing& crossing = *crossing_;
  if (crossing.detached.load(std::memory_order_acquire)) return;
  if (!block_) {
    if (crossing.load() > depth_) crossing.look();
    const std::uint64_t load = crossing.load();
    // What is late goes first.
    if (crossing.queue.has_late() || load >= depth_ + kSlack ||
        (load > depth_ && crossing.held() >= kCapacityBytes))
      return offer_late({std::move(message), skipped});
  }
  ++crossing.offered;
  crossing.offered_bytes += message.payload_size();
  crossing.queue.push(Arrival{std::move(message), skipped});
  crossing.bell.ring();
}

/// This lane is far ahead: it must not gather what the other will drop anyway.
void Subscription::offer_late(Arrival arrival) {
  Crossing& crossing = *crossing_;
  ++crossing.offered;
  crossing.offered_bytes += arrival.message.payload_size();
  if (const auto gives_way = crossing.queue.push_late(std::move(arrival))) {
    --crossing.offered;
    crossing.offered_bytes -= gives_way->message.payload_size();
    crossing.dropped.fetch_add(1 + gives_way->skipped, std::memory_order_relaxed);
  }
  crossing.bell.ring();
}

void Subscription::drain() {
  crossing_->queue.take_all([this](Arrival&& arrival) {
    count_dropped();
    push(std::move(arrival.message), arrival.skipped);
  });
}

/// What the producer has dropped counts as expected, in the order of the samples.
void Subscription::count_dropped() {
  const std::uint64_t dropped = crossing_->dropped.load(std::memory_order_relaxed);
  expect(dropped - crossing_->dropped_seen);
  crossing_->dropped_seen = dropped;
}

inline void Subscription::push(Message&& message, std::uint64_t skipped) {
  const bool counts = !detached_ && !ended_;
  if (counts) expected_ += 1 + skipped;
  if (!counts || !allowed_) {
    queued_bytes_ += message.payload_size();
    release(message);
    return room_changed();
  }
  if (queue_.size() == depth_) drop_front();  // keep_last: the oldest gives way
  const std::size_t bytes = message.payload_size();
  queue_.push_back(std::move(message));
  ++delivered_;
  queued_bytes_ += bytes;
  if (queued_bytes_ >= kCapacityBytes || queue_.size() >= kCapacity) {
    // keep_all that does not block is bounded in bytes as well.
    while (!block_ && depth_ == kCapacity && queued_bytes_ > kCapacityBytes && queue_.size() > 1)
      drop_front();
    room_changed();
  }
  tell_owner();
}

inline void Subscription::tell_owner() {
  if (owner_ == nullptr || owner_->task == nullptr) return;
  if (!owner_->ticking || finished()) owner_->task->wake();
}

void Subscription::offer_end(std::uint64_t missing) {
  if (!crossing_) {
    expect(missing);
    return end();
  }
  lane_.post([this, missing] {
    drain();
    expect(missing);
    end();
  });
}

void Subscription::end() {
  if (crossing_) count_dropped();
  ended_ = true;
  tell_owner();
}

void Subscription::detach() {
  detached_ = true;
  if (crossing_) crossing_->detached.store(true, std::memory_order_release);
  clear();
  room_changed();
}

void Subscription::set_allowed(bool allowed) {
  if (allowed_ == allowed) return;
  allowed_ = allowed;
  if (!allowed) {
    delivered_ -= queue_.size();  // not taken, and never to be
    clear();
    room_changed();
  }
  tell_owner();
}

/// A message that was offered is here no longer.
void Subscription::release(const Message& message) {
  queued_bytes_ -= message.payload_size();
  if (!crossing_) return;
  Crossing& crossing = *crossing_;
  crossing.taken_bytes.store(
      crossing.taken_bytes.load(std::memory_order_relaxed) + message.payload_size(),
      std::memory_order_relaxed);
  crossing.taken.store(crossing.taken.load(std::memory_order_relaxed) + 1,
                       std::memory_order_release);
}

void Subscription::clear() {
  for (; !queue_.empty(); queue_.pop_front()) release(queue_.front());
}

/// Tells the producer of room that was made, and keeps its count of those that have none.
inline void Subscription::room_changed() {
  if (!block_ || source_ == nullptr) return;
  if (crossing_) return source_->room_made(true);
  const bool full = is_full();
  if (full == counted_full_) return;
  counted_full_ = full;
  source_->full_here_ += full ? 1 : -1;
  if (!full) source_->room_made(false);
}

void Subscription::drop_front() {
  release(queue_.front());
  queue_.pop_front();
  --delivered_;
  room_changed();
}

/// Its content may have been moved away.
inline void Subscription::pop_front() {
  release(queue_.front());
  const Nanoseconds published = queue_.front().published;
  queue_.pop_front();
  if (published != Message::kNotTimed) count_latency(lane_.clock().now() - published);
  room_changed();
}

[[gnu::noinline]] void Subscription::count_latency(Nanoseconds latency) {
  if (!latency_) latency_ = std::make_unique<Histogram>();
  latency_->add(latency);
}

Message Subscription::pop() {
  if (queue_.empty()) return {};
  Message message = std::move(queue_.front());
  pop_front();
  return message;
}

std::shared_ptr<const void> Subscription::pop_object() {
  auto object = queue_.front().release_object();
  pop_front();
  return object;
}

SubscribedStats Subscription::stats() const {
  return {topic_,
          task_,
          expected_,
          delivered_,
          expected_ - delivered_,
          latency_ ? *latency_ : Histogram{}};
}

void FanOut::add(Subscription& subscription) {
  subscriptions_.push_back(&subscription);
  subscription.connect(*this, producer_);
  if (!subscription.block_ || !subscription.crossing_) return;
  crossing_.push_back(&subscription);
  blocked_elsewhere_ = true;
}

bool FanOut::has_room_elsewhere() const {
  return std::all_of(crossing_.begin(), crossing_.end(),
                     [](const Subscription* subscription) { return subscription->has_room(); });
}

bool FanOut::wait_for_room() {
  return gate_.wait([this] { return has_room(); });
}

void FanOut::room_made(bool on_other_lane) {
  if (gate_.made(!on_other_lane)) room_.ring();
}

void FanOut::push(Message&& message, std::uint64_t skipped) {
  if (subscriptions_.empty()) return;
  const std::size_t last = subscriptions_.size() - 1;
  for (std::size_t i = 0; i < last; ++i) subscriptions_[i]->offer(Message(message), skipped);
  subscriptions_[last]->offer(std::move(message), skipped);  // moved: no count of shared use
}

void FanOut::end(std::uint64_t missing) {
  for (Subscription* subscription : subscriptions_) subscription->offer_end(missing);
}

const MessageType* FanOut::wanted() const {
  const MessageType* wanted = nullptr;
  for (const Subscription* subscription : subscriptions_) {
    const MessageType* one = subscription->wanted();
    if (one == nullptr || (wanted != nullptr && one != wanted)) return nullptr;
    wanted = one;
  }
  return wanted;
}

namespace {

/// An object on its way to the wire: encoded where the bus wants the bytes.
class ObjectSource : public bus::PayloadSource {
 public:
  ObjectSource(const void* object, const MessageType& type, std::size_t bytes)
      : object_(object), type_(type), bytes_(bytes) {}
  std::size_t size() const override { return bytes_; }
  void write_to(std::span<std::uint8_t> out) const override { type_.encode_to(object_, out); }

 private:
  const void* object_;
  const MessageType& type_;
  const std::size_t bytes_;
};

}  // namespace

Publication::Publication(std::string task, std::string topic, std::string type,
                         scheduler::Lane& lane, std::function<void()> on_room)
    : topic_(std::move(topic)),
      lane_(lane),
      local(lane, std::move(on_room)),
      task_(std::move(task)),
      type_(std::move(type)) {}

Publication::Status Publication::publish(std::shared_ptr<const void>& object,
                                         const MessageType& type, std::size_t bytes) {
  if (!local.has_room() && !local.wait_for_room()) return Status::kFullHere;
  // Without a reader elsewhere there is nothing to encode. Readers of this job are matched before
  // the start, so where one is expected every sample is written and numbered, even while that
  // worker is away: its loss is then counted.
  if (writer != nullptr && (remote_expected || writer->has_readers())) {
    const auto status = writer->write(ObjectSource(object.get(), type, bytes));
    if (status == bus::WriteStatus::kFull) return Status::kFullElsewhere;
    if (status == bus::WriteStatus::kFailed) return Status::kFailed;
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

void Publication::end() {
  if (ended_) return;
  ended_ = true;
  local.end(0);
  if (on_end) on_end(writer != nullptr ? writer->last_sequence() : 0);
}

PublishedStats Publication::stats() const {
  const double seconds = std::chrono::duration<double>(last_ - first_).count();
  const double rate = sent_ > 1 && seconds > 0 ? static_cast<double>(sent_ - 1) / seconds : 0;
  return {topic_, task_, type_, sent_, bytes_, local.empty() ? 0 : bytes_, rate};
}

}  // namespace mort::worker
