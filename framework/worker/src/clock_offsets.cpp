#include "clock_offsets.hpp"

#include <algorithm>

namespace mort::worker {
namespace {

/// Exchanges that are remembered of a node.
constexpr std::size_t kExchanges = 16;
/// What two clocks drift apart at most, in parts of the time: 100 ppm, two bad crystals.
constexpr std::int64_t kDriftParts = 10'000;
/// No clock that is set at all is further off (a year); also keeps the arithmetic from overflowing.
constexpr std::int64_t kMostNs = 366LL * 24 * 3600 * 1'000'000'000;
/// A report that was under way for longer tells nothing.
constexpr std::int64_t kMostRoundTripNs = 10'000'000'000;

bool is_near(std::int64_t time, std::int64_t now) {
  return time > 0 && time > now - kMostNs && time < now + kMostNs;
}

}  // namespace

std::optional<Nanoseconds> ClockOffsets::Estimate::offset() const {
  const std::int64_t offset = offset_.load(std::memory_order_relaxed);
  if (offset == kUnknown) return std::nullopt;
  return Nanoseconds(offset);
}

ClockOffsets::ClockOffsets(std::string node, const std::set<std::string>& others,
                           std::uint32_t epoch)
    : node_(std::move(node)), epoch_(epoch) {
  for (const std::string& other : others) {
    if (other != node_) peers_.try_emplace(other);
  }
}

ClockReport ClockOffsets::report(Nanoseconds wall) const {
  ClockReport report{epoch_, node_, wall.count(), {}};
  for (const auto& [node, peer] : peers_) {
    if (peer.sent_ns != 0) report.heard.push_back({node, peer.sent_ns, peer.received_ns});
  }
  return report;
}

void ClockOffsets::receive(const ClockReport& report, Nanoseconds wall) {
  const auto found = peers_.find(report.node);
  const std::int64_t now = wall.count();
  if (report.epoch != epoch_ || found == peers_.end() || !is_near(report.sent_ns, now)) return;
  Peer& peer = found->second;
  peer.sent_ns = report.sent_ns;
  peer.received_ns = now;
  const auto ours = std::find_if(report.heard.begin(), report.heard.end(),
                                 [this](const auto& heard) { return heard.node == node_; });
  if (ours == report.heard.end() || !is_near(ours->sent_ns, now) ||
      !is_near(ours->received_ns, now))
    return;
  const std::int64_t round_trip = (now - ours->sent_ns) - (report.sent_ns - ours->received_ns);
  const std::int64_t offset = ((ours->received_ns - ours->sent_ns) + (report.sent_ns - now)) / 2;
  const std::int64_t kept = report.sent_ns - ours->received_ns;
  const std::int64_t drift = std::max<std::int64_t>(kept, 0) / kDriftParts;
  if (round_trip < -drift || round_trip > kMostRoundTripNs) return;  // a clock was set meanwhile
  peer.exchanges.push_back({offset, std::max<std::int64_t>(round_trip, 0) / 2 + drift, now});
  if (peer.exchanges.size() > kExchanges) peer.exchanges.pop_front();
  const auto best = std::min_element(
      peer.exchanges.begin(), peer.exchanges.end(),
      [now](const Exchange& a, const Exchange& b) { return a.error_at(now) < b.error_at(now); });
  peer.estimate.offset_.store(best->offset_ns, std::memory_order_relaxed);
  peer.error_ns = best->error_at(now);
}

std::int64_t ClockOffsets::Exchange::error_at(std::int64_t now) const {
  return error_ns + std::max<std::int64_t>(now - at_ns, 0) / kDriftParts;
}

const ClockOffsets::Estimate* ClockOffsets::find(const std::string& node) const {
  const auto found = peers_.find(node);
  return found == peers_.end() ? nullptr : &found->second.estimate;
}

std::vector<ClockStats> ClockOffsets::stats() const {
  std::vector<ClockStats> all;
  for (const auto& [node, peer] : peers_) {
    if (const auto offset = peer.estimate.offset())
      all.push_back({node, *offset, Nanoseconds(peer.error_ns)});
  }
  return all;
}

}  // namespace mort::worker
