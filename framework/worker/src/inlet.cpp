#include "inlet.hpp"

#include <algorithm>

namespace mort::worker {

Inlet::Inlet(std::string topic, Origin origin, scheduler::Lane& lane, const ClockOffsets& clocks)
    : local(lane, [this] { drain(); }),
      topic_(std::move(topic)),
      origin_(std::move(origin)),
      lane_(lane),
      clocks_(clocks),
      arrived_(lane, [this] { drain(); }),
      sink_([this](std::span<const std::uint8_t> payload) { see(payload); }) {}

void Inlet::drain() {
  // Samples may come faster than they are decoded: tasks and commands must have their turns too.
  constexpr Nanoseconds kMostTime = std::chrono::milliseconds(2);
  const Nanoseconds until = lane_.clock().now() + kMostTime;
  // What finds no room stays in the reader's history and holds the writer back.
  while (local.has_room() || local.wait_for_room()) {
    const auto sample = reader->take(sink_);
    if (!sample) return check_end();
    if (!seen_) ++undecodable_;
    if (accepts(*sample)) receive(*sample);
    if (lane_.clock().now() >= until) return arrived_.ring();
  }
}

/// Decodes at once where every subscription takes the same type; else keeps the bytes.
void Inlet::see(std::span<const std::uint8_t> payload) {
  seen_ = {};
  seen_bytes_ = payload.size();
  const MessageType* wanted = local.wanted();
  if (wanted == nullptr) {
    seen_ = Message(std::vector<std::uint8_t>(payload.begin(), payload.end()));
    return;
  }
  auto object = wanted->decode(payload);
  if (object)
    seen_ = Message(std::move(*object), *wanted, payload.size());
  else if (!std::exchange(complained_, true) && on_undecodable)
    on_undecodable(object.error().message);
}

bool Inlet::accepts(const bus::SampleInfo& sample) const {
  if (origin_.job.empty()) return true;
  return sample.info && sample.info->job == origin_.job && sample.info->epoch == origin_.epoch;
}

Inlet::Source& Inlet::source_of(const bus::SampleInfo& sample) {
  Source& source = sources_[sample.writer];
  if (source.known) return source;
  source.known = true;
  source.last = origin_.mid_stream || origin_.job.empty() ? sample.sequence - 1 : 0;
  source.same_node = sample.info && sample.info->node == origin_.node;
  source.clock = sample.info ? clocks_.find(sample.info->node) : nullptr;
  if (!std::exchange(heard_, true))
    newest_ = origin_number_ = source.last;
  else
    source.base = newest_ - source.last;  // in the place of a crashed one
  const bool accounted = !origin_.job.empty();
  if (accounted && writers_.size() < ReceivedStats::kMostWriters) {
    writers_.push_back({sample.info ? sample.info->incarnation : 0, newest_, source.base});
  }
  return source;
}

Nanoseconds Inlet::published_at(const bus::SampleInfo& sample, const Source& source) const {
  Nanoseconds offset{0};
  if (!source.same_node) {
    const auto known = source.clock != nullptr ? source.clock->offset() : std::nullopt;
    if (!known) return Message::kNotTimed;  // rather none than a wrong one
    offset = *known;
  }
  const Nanoseconds age = lane_.clock().wall() - (sample.source_time - offset);
  return lane_.clock().now() - std::max(age, Nanoseconds(0));
}

void Inlet::receive(const bus::SampleInfo& sample) {
  Source& source = source_of(sample);
  if (sample.sequence <= source.last) return;
  skipped_ += sample.sequence - source.last - 1;
  source.last = sample.sequence;
  newest_ = source.base + sample.sequence;
  ++samples_;
  (source.same_node ? local_bytes_ : network_bytes_) += seen_bytes_;
  if (!seen_) {
    ++skipped_;
    return;
  }
  Message message = std::exchange(seen_, {});
  message.sequence = newest_;
  message.published = published_at(sample, source);
  local.push(std::move(message), std::exchange(skipped_, 0));
}

void Inlet::writer_ended(const bus::Guid& writer, std::uint64_t last_sequence) {
  drain();
  Source& source = sources_[writer];
  if (!source.known && origin_.mid_stream) source.last = last_sequence;
  source.end = last_sequence;
  check_end();
}

std::uint64_t Inlet::missing() const {
  std::uint64_t missing = 0;
  for (const auto& [writer, source] : sources_) {
    if (source.end) missing += *source.end - std::min(source.last, *source.end);
  }
  return missing;
}

void Inlet::check_end() {
  const bool any = std::any_of(sources_.begin(), sources_.end(),
                               [](const auto& entry) { return entry.second.end.has_value(); });
  if (ended_ || !any) return;
  if (missing() == 0) {
    if (grace_) lane_.cancel(*grace_);
    grace_.reset();
    end(0);
  } else if (!grace_) {
    // Repairs may still be under way; give up only after a time without any progress.
    if (samples_ != samples_at_grace_ || progress_.count() == 0) progress_ = lane_.clock().now();
    samples_at_grace_ = samples_;
    grace_ = lane_.after(std::chrono::seconds(5), [this] { give_up(); });
  }
}

void Inlet::give_up() {
  drain();  // what waits in the reader is not lost
  grace_.reset();
  if (ended_) return;
  if (samples_ != samples_at_grace_ || !local.has_room() || may_still_come()) return check_end();
  end(missing());
}

/// Its writer may be cut off only, and keeps what we have not acknowledged.
bool Inlet::may_still_come() const {
  if (lane_.clock().now() - progress_ >= origin_.hold_for) return false;
  for (const bus::Peer& peer : reader->matched()) {
    const auto source = sources_.find(peer.guid);
    if (source != sources_.end() && source->second.end && *source->second.end > source->second.last)
      return true;
  }
  return false;
}

void Inlet::end_now() {
  if (!ended_) end(0);
}

void Inlet::end(std::uint64_t missing) {
  ended_ = true;
  local.end(missing + std::exchange(skipped_, 0));
}

ReceivedStats Inlet::stats() const {
  const std::uint64_t refused = undecodable_ + (reader ? reader->dropped() : 0);
  return {topic_, samples_, local_bytes_, network_bytes_, refused, origin_number_, writers_};
}

}  // namespace mort::worker
