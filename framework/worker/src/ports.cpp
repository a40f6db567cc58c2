#include "ports.hpp"

#include <algorithm>

namespace mort::worker {

Subscription::Subscription(std::string task, std::string topic,
                           const graph::TopicSettings& settings, scheduler::Lane& lane)
    : task_(std::move(task)),
      topic_(std::move(topic)),
      lane_(lane),
      block_(settings.block),
      depth_(settings.history == graph::History::kKeepAll
                 ? kCapacity
                 : static_cast<std::size_t>(settings.depth)) {}

void Subscription::push(MessagePtr message, Nanoseconds published) {
  if (detached_ || ended_) {
    --load_;
    return;
  }
  expected_ += 1 + overflow_.exchange(0);
  if (!allowed_) {
    --load_;
    return;
  }
  ++delivered_;
  latency_.add(lane_.clock().wall() - published);
  queue_.push_back(std::move(message));
  if (queue_.size() > depth_) {  // keep_last: the oldest gives way, and counts as lost
    queue_.pop_front();
    --delivered_;
    --load_;
  }
  if (on_change) on_change();
}

void Subscription::end() {
  expect(overflow_.exchange(0));
  ended_ = true;
  if (on_change) on_change();
}

void Subscription::detach() {
  detached_ = true;
  detached_flag_ = true;
  queue_.clear();
  if (on_room) on_room();
}

void Subscription::set_allowed(bool allowed) {
  if (allowed_ == allowed) return;
  allowed_ = allowed;
  if (!allowed) {
    delivered_ -= queue_.size();  // not taken, and never to be
    load_ -= queue_.size();
    queue_.clear();
    if (on_room) on_room();
  }
  if (on_change) on_change();
}

bool Subscription::reserve() {
  if (!block_ && load_ >= depth_ + kSlack) {
    ++overflow_;
    return false;
  }
  ++load_;
  return true;
}

MessagePtr Subscription::pop() {
  if (queue_.empty()) return nullptr;
  MessagePtr message = std::move(queue_.front());
  queue_.pop_front();
  --load_;
  if (on_room) on_room();
  return message;
}

SubscribedStats Subscription::stats() const {
  return {topic_, task_, expected_, delivered_, expected_ - delivered_, latency_};
}

bool FanOut::has_room() const {
  return std::all_of(subscriptions_.begin(), subscriptions_.end(),
                     [](const Subscription* subscription) { return subscription->has_room(); });
}

void FanOut::push(scheduler::Lane& from, const MessagePtr& message, Nanoseconds published,
                  std::uint64_t skipped) const {
  for (Subscription* subscription : subscriptions_) {
    if (!subscription->reserve()) continue;
    if (&subscription->lane() == &from) {
      subscription->expect(skipped);
      subscription->push(message, published);
    } else {
      subscription->lane().post([subscription, message, published, skipped] {
        subscription->expect(skipped);
        subscription->push(message, published);
      });
    }
  }
}

void FanOut::end(scheduler::Lane& from, std::uint64_t missing) const {
  for (Subscription* subscription : subscriptions_) {
    const auto action = [subscription, missing] {
      subscription->expect(missing);
      subscription->end();
    };
    if (&subscription->lane() == &from)
      action();
    else
      subscription->lane().post(action);
  }
}

Publication::Publication(std::string task, std::string topic, std::string type,
                         scheduler::Lane& lane)
    : task_(std::move(task)), topic_(std::move(topic)), type_(std::move(type)), lane_(lane) {}

Publication::Status Publication::publish(const MessagePtr& message, Nanoseconds wall) {
  if (!local.has_room()) return Status::kFull;
  // Without a reader elsewhere there is nothing to encode. Readers of this job are matched before
  // the start, so where one is expected every sample is written and numbered, even while that
  // worker is away: its loss is then counted.
  if (writer != nullptr && (remote_expected || writer->has_readers())) {
    const auto status = writer->write(*message->payload());
    if (status == bus::WriteStatus::kFull) return Status::kFull;
    if (status == bus::WriteStatus::kFailed) return Status::kFailed;
  }
  if (sent_++ == 0) first_ = wall;
  last_ = wall;
  bytes_ += message->payload_size();
  if (!local.empty()) memory_bytes_ += message->payload_size();
  local.push(lane_, message, wall, 0);
  return Status::kSent;
}

void Publication::end() {
  if (ended_) return;
  ended_ = true;
  local.end(lane_, 0);
  if (on_end) on_end(writer != nullptr ? writer->last_sequence() : 0);
}

PublishedStats Publication::stats() const {
  const double seconds = std::chrono::duration<double>(last_ - first_).count();
  const double rate = sent_ > 1 && seconds > 0 ? static_cast<double>(sent_ - 1) / seconds : 0;
  return {topic_, task_, type_, sent_, bytes_, memory_bytes_, rate};
}

Inlet::Inlet(std::string topic, Origin origin, scheduler::Lane& lane)
    : topic_(std::move(topic)), origin_(std::move(origin)), lane_(lane) {}

void Inlet::notify() {
  if (!notified_.exchange(true)) lane_.post([this] { drain(); });
}

void Inlet::room_made() {
  if (held_back_.exchange(false)) notify();
}

void Inlet::drain() {
  notified_ = false;
  // What finds no room stays in the DDS history and holds the writer back.
  while (local.has_room()) {
    auto sample = reader->take();
    if (!sample) return check_end();
    if (accepts(*sample)) receive(std::move(*sample));
  }
  held_back_ = true;
  if (local.has_room()) room_made();  // made between the check and the mark
}

bool Inlet::accepts(const bus::Sample& sample) const {
  if (origin_.job.empty()) return true;
  return sample.info && sample.info->job == origin_.job && sample.info->epoch == origin_.epoch;
}

void Inlet::receive(bus::Sample sample) {
  Source& source = sources_[sample.writer];
  if (!source.known) {
    source.known = true;
    source.last = origin_.mid_stream || origin_.job.empty() ? sample.sequence - 1 : 0;
  }
  if (sample.sequence <= source.last) return;
  const std::uint64_t skipped = sample.sequence - source.last - 1;
  source.last = sample.sequence;
  ++samples_;
  const bool same_node = sample.info && sample.info->node == origin_.node;
  (same_node ? local_bytes_ : network_bytes_) += sample.payload.size();
  const Nanoseconds published = sample.source_time;
  local.push(lane_, std::make_shared<Message>(std::move(sample.payload)), published, skipped);
}

void Inlet::writer_ended(const bus::Guid& writer, std::uint64_t last_sequence) {
  drain();
  Source& source = sources_[writer];
  if (!source.known && origin_.mid_stream) source.last = last_sequence;
  source.end = last_sequence;
  check_end();
}

void Inlet::check_end() {
  if (ended_) return;
  std::uint64_t missing = 0;
  bool any = false;
  for (const auto& [writer, source] : sources_) {
    if (!source.end) continue;
    any = true;
    missing += *source.end - std::min(source.last, *source.end);
  }
  if (!any) return;
  if (missing == 0) {
    if (grace_) lane_.cancel(*grace_);
    grace_.reset();
    ended_ = true;
    local.end(lane_, 0);
  } else if (!grace_) {
    // Repairs may still be under way; give up only after a time without any progress.
    samples_at_grace_ = samples_;
    grace_ = lane_.after(std::chrono::seconds(5), [this] { give_up(); });
  }
}

void Inlet::give_up() {
  drain();  // what waits in the reader is not lost
  grace_.reset();
  if (ended_) return;
  if (samples_ != samples_at_grace_ || !local.has_room()) return check_end();
  std::uint64_t missing = 0;
  for (const auto& [writer, source] : sources_) {
    if (source.end) missing += *source.end - std::min(source.last, *source.end);
  }
  ended_ = true;
  local.end(lane_, missing);
}

void Inlet::end_now() {
  if (ended_) return;
  ended_ = true;
  local.end(lane_, 0);
}

ReceivedStats Inlet::stats() const {
  return {topic_, samples_, local_bytes_, network_bytes_};
}

}  // namespace mort::worker
