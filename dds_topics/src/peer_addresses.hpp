// Where participants are reached now: their datagrams tell, when the addresses that they announced
// are theirs no longer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>

#include "mort/base/mutex.hpp"
#include "mort/bus/bus.hpp"

namespace mort::dds_topics {

/// An IPv4 address, in host byte order.
using Address = std::uint32_t;
/// The part of a GUID that names a participant.
using Prefix = bus::Participant;

/// Participants announce addresses once; an address may change while they live. Each datagram names
/// its participant, so its source is an address that works (WireGuard calls it roaming).
/// Bounded: a participant that announced nothing is not listened to. Threads: any.
class PeerAddresses {
 public:
  struct Endpoint {
    Address address = 0;
    std::uint16_t port = 0;
    auto operator<=>(const Endpoint&) const = default;
  };
  /// A participant says that it is reached there.
  void announced(const Prefix& peer, Endpoint endpoint);
  /// A datagram of the participant came from there. True: it has moved to where it never was.
  bool heard(const Prefix& peer, Address source);
  /// Where to send what is meant for an announced address.
  Address current(const Prefix& peer, Address announced) const;
  void forget(const Prefix& peer);
  /// Every endpoint of every participant, where it is reached now.
  std::set<Endpoint> all() const;

 private:
  struct Peer {
    std::set<Endpoint> endpoints;
    std::set<Address> addresses;
    std::set<Address> seen;  ///< addresses that it has moved to
    Address source = 0;      ///< 0: one of those announced
  };
  mutable Mutex mutex_;
  std::map<Prefix, Peer> peers_ MORT_GUARDED_BY(mutex_);
};

}  // namespace mort::dds_topics
