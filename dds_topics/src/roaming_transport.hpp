// UDP for participants whose addresses change while they live.
#pragma once

#include <fastdds/rtps/transport/ChainingTransport.h>
#include <fastdds/rtps/transport/ChainingTransportDescriptor.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "interfaces.hpp"
#include "mort/base/mutex.hpp"
#include "peer_addresses.hpp"

namespace mort::dds_topics {

/// What the transport of a participant knows of the network; shared with the bus that made it.
/// Threads: any.
class NetworkState {
 public:
  /// `allowed`: IPv4 addresses of the interfaces to use; empty: all.
  explicit NetworkState(std::vector<std::string> allowed);
  ~NetworkState();
  NetworkState(const NetworkState&) = delete;
  NetworkState& operator=(const NetworkState&) = delete;

  /// Looks at the interfaces again, and joins the multicast groups on those of now. Gives what has
  /// changed, for a log; empty: nothing.
  std::string refresh();
  bool is_own(Address address) const;

  /// This participant listens there.
  void listens(Address group, std::uint16_t port);
  /// Sends by multicast on every interface.
  void multicast(PeerAddresses::Endpoint group, const void* data, std::size_t size) const;
  /// Waits while the socket has no room, as on a slow link. False: not sent.
  bool send(PeerAddresses::Endpoint to, const void* data, std::size_t size) const;
  /// Sends to every participant known, and to this one.
  void send_to_all(const std::vector<std::uint8_t>& message) const;
  void send_to_self(const std::vector<std::uint8_t>& message) const;

  PeerAddresses peers;

 private:
  void join_groups() MORT_REQUIRES(mutex_);

  const std::vector<std::string> allowed_;
  const int sender_;
  mutable Mutex mutex_;
  std::vector<Interface> interfaces_ MORT_GUARDED_BY(mutex_);
  std::set<PeerAddresses::Endpoint> groups_ MORT_GUARDED_BY(mutex_);
  std::set<std::uint16_t> own_ports_ MORT_GUARDED_BY(mutex_);
  int members_ MORT_GUARDED_BY(mutex_) = -1;  ///< a socket that holds the memberships
};

/// Fast DDS's UDPv4 transport, and around it what it lacks (decision 0026):
/// - A datagram to a participant that has moved goes to where that one was heard last.
/// - A participant that announces nothing but its loopback is reached where it is heard.
/// - Multicast goes out on the interfaces of now, and the groups are joined on these.
class RoamingTransportDescriptor : public eprosima::fastdds::rtps::ChainingTransportDescriptor {
 public:
  RoamingTransportDescriptor(std::shared_ptr<TransportDescriptorInterface> udp,
                             std::shared_ptr<NetworkState> network)
      : ChainingTransportDescriptor(std::move(udp)), network_(std::move(network)) {}
  eprosima::fastdds::rtps::TransportInterface* create_transport() const override;

 private:
  std::shared_ptr<NetworkState> network_;  // shared by the transport and the bus
};

}  // namespace mort::dds_topics
