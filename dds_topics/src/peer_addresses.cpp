#include "peer_addresses.hpp"

namespace mort::dds_topics {
namespace {

/// Any host of the domain may announce participants.
constexpr std::size_t kMostPeers = 4096;
constexpr std::size_t kMostEndpoints = 64;

}  // namespace

void PeerAddresses::announced(const Prefix& peer, Endpoint endpoint) {
  const MutexLock lock(mutex_);
  if (peers_.size() >= kMostPeers && !peers_.contains(peer)) return;
  Peer& entry = peers_[peer];
  if (entry.endpoints.size() >= kMostEndpoints) return;
  entry.endpoints.insert(endpoint);
  entry.addresses.insert(endpoint.address);
  if (entry.source == endpoint.address) entry.source = 0;
}

bool PeerAddresses::heard(const Prefix& peer, Address source) {
  const MutexLock lock(mutex_);
  const auto found = peers_.find(peer);
  if (found == peers_.end()) return false;
  const Address now = found->second.addresses.contains(source) ? 0 : source;
  Peer& entry = found->second;
  if (entry.source == now) return false;
  entry.source = now;
  return now != 0 && entry.seen.size() < kMostEndpoints && entry.seen.insert(now).second;
}

Address PeerAddresses::current(const Prefix& peer, Address announced) const {
  const MutexLock lock(mutex_);
  const auto found = peers_.find(peer);
  return found == peers_.end() || found->second.source == 0 ? announced : found->second.source;
}

void PeerAddresses::forget(const Prefix& peer) {
  const MutexLock lock(mutex_);
  peers_.erase(peer);
}

std::set<PeerAddresses::Endpoint> PeerAddresses::all() const {
  std::set<Endpoint> endpoints;
  const MutexLock lock(mutex_);
  for (const auto& [prefix, peer] : peers_) {
    for (Endpoint endpoint : peer.endpoints) {
      if (peer.source != 0) endpoint.address = peer.source;
      endpoints.insert(endpoint);
    }
  }
  return endpoints;
}

}  // namespace mort::dds_topics
