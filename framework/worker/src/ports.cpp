#include "ports.hpp"

#include <algorithm>

namespace mort::worker {
namespace {

/// Samples on their way to a keep_last queue of another lane, beside its depth.
constexpr std::size_t kSlack = 64;

}  // namespace

Subscription::Crossing::Crossing(Subscription& to, std::size_t capacity, std::size_t most_late)
    : queue(capacity, most_late), bell(to.lane(), [&to] { to.drain(); }) {}

Subscription::Subscription(std::string task, std::string topic,
                           const graph::QueueSettings& settings, scheduler::Lane& lane,
                           bool feedback)
    : topic_(std::move(topic)),
      block_(settings.block),
      feedback_(feedback),
      depth_(settings.history == graph::History::kKeepAll
                 ? kCapacity
                 : static_cast<std::uint32_t>(settings.depth)),
      lane_(lane),
      task_(std::move(task)) {}

void Subscription::connect(FanOut& source, scheduler::Lane& from) {
  source_ = &source;
  if (&from != &lane_)
    crossing_ = std::make_unique<Crossing>(*this, block_ ? kCapacity : depth_ + kSlack, depth_);
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

/// To the task's lane from another one.
void Subscription::offer_across(Message&& message, std::uint64_t skipped) {
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
  count_missing(dropped - crossing_->dropped_seen);
  crossing_->dropped_seen = dropped;
}

void Subscription::offer_end(std::uint64_t missing) {
  if (!crossing_) {
    count_missing(missing);
    return end();
  }
  lane_.post([this, missing] {
    drain();
    count_missing(missing);
    end();
  });
}

void Subscription::end() {
  if (crossing_) count_dropped();
  ended_ = true;
  tell_owner();
}

void Subscription::detach() {
  left_ = !ended_;
  detached_ = true;
  if (crossing_) crossing_->detached.store(true, std::memory_order_release);
  clear();
  room_changed();
}

void Subscription::set_allowed(bool allowed) {
  if (allowed_ == allowed) return;
  allowed_ = allowed;
  if (!allowed) {
    lost_ += queue_.size();  // not taken, and never to be
    clear();
    room_changed();
  }
  tell_owner();
}

void Subscription::clear() {
  for (; !queue_.empty(); queue_.pop_front()) release(queue_.front());
}

void Subscription::drop_front() {
  release(queue_.front());
  queue_.pop_front();
  ++lost_;
  room_changed();
}

void Subscription::count_latency(Nanoseconds published) {
  const Nanoseconds latency = lane_.clock().now() - published;
  if (!latency_) latency_ = std::make_unique<Histogram>();
  latency_->add(latency);
}

Message Subscription::pop() {
  if (queue_.empty()) return {};
  Message message = std::move(queue_.front());
  pop_front();
  return message;
}

SubscribedStats Subscription::stats() const {
  return {topic_, task_,         expected_, expected_ - lost_,
          lost_,  queue_.size(), left_,     latency_ ? *latency_ : Histogram{}};
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

void FanOut::push_copies(const Message& message, std::uint64_t skipped) {
  for (std::size_t i = 0; i + 1 < subscriptions_.size(); ++i)
    subscriptions_[i]->offer(Message(message), skipped);
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

Publication::Status Publication::write(const void* object, const MessageType& type,
                                       std::size_t bytes) {
  switch (writer->write(ObjectSource(object, type, bytes))) {
    case bus::WriteStatus::kFull:
      return Status::kFullElsewhere;
    case bus::WriteStatus::kFailed:
      return Status::kFailed;
    default:
      return Status::kSent;
  }
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
