#include "roaming_transport.hpp"

#include <fastdds/rtps/transport/TransportReceiverInterface.h>
#include <fastrtps/utils/IPLocator.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/container/small_vector.hpp>
#include <cerrno>
#include <cstring>
#include <fastdds/rtps/common/LocatorsIterator.hpp>

#include "mort/base/log.hpp"

namespace mort::dds_topics {
namespace {

namespace fastdds = eprosima::fastdds::rtps;
using eprosima::fastrtps::rtps::IPLocator;
using eprosima::fastrtps::rtps::Locator_t;
using eprosima::fastrtps::rtps::LocatorsIterator;
using eprosima::fastrtps::rtps::octet;

/// Where the IPv4 address lies in a locator; the bytes before it are zero on the wire. In locators
/// of this process they hold the participant that is reached there.
constexpr std::size_t kAddressAt = 12;
/// The RTPS header: "RTPS", version, vendor, prefix.
constexpr std::size_t kPrefixAt = 8;
constexpr std::size_t kHeaderSize = kPrefixAt + std::tuple_size_v<Prefix>;

Address address_of(const Locator_t& locator) {
  Address raw = 0;
  std::memcpy(&raw, locator.address + kAddressAt, sizeof raw);
  return ntohl(raw);
}
void set_address(Locator_t& locator, Address address) {
  const Address raw = htonl(address);
  std::memcpy(locator.address + kAddressAt, &raw, sizeof raw);
}
Prefix prefix_of(const Locator_t& locator) {
  Prefix prefix;
  std::copy_n(locator.address, prefix.size(), prefix.begin());
  return prefix;
}
bool is_loopback(Address address) {
  return address >> 24 == 127;
}

/// The datagram that this thread is reading.
struct Datagram {
  Prefix from{};
  Address source = 0;
  bool from_elsewhere = false;  ///< from another machine
};
thread_local const Datagram* current_datagram = nullptr;

sockaddr_in socket_address(PeerAddresses::Endpoint endpoint) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(endpoint.port);
  to.sin_addr.s_addr = htonl(endpoint.address);
  return to;
}

class RoamingTransport : public fastdds::ChainingTransport {
 public:
  RoamingTransport(const RoamingTransportDescriptor& descriptor,
                   std::shared_ptr<NetworkState> network)
      : ChainingTransport(descriptor), descriptor_(descriptor), network_(std::move(network)) {}

  fastdds::TransportDescriptorInterface* get_configuration() override { return &descriptor_; }

  bool OpenInputChannel(const Locator_t& locator, fastdds::TransportReceiverInterface* receiver,
                        std::uint32_t max_size) override {
    const bool opened = ChainingTransport::OpenInputChannel(locator, receiver, max_size);
    if (opened) {
      network_->listens(IPLocator::isMulticast(locator) ? address_of(locator) : 0,
                        IPLocator::getPhysicalPort(locator));
    }
    return opened;
  }

  /// Fast DDS wants a sender; what it sends goes by sockets of our own.
  bool OpenOutputChannel(fastdds::SendResourceList& senders, const Locator_t& locator) override {
    const std::size_t before = senders.size();
    const bool opened = ChainingTransport::OpenOutputChannel(senders, locator);
    const std::size_t kept = before + (has_sender_ ? 0 : 1);
    while (senders.size() > kept) senders.pop_back();
    has_sender_ = has_sender_ || senders.size() > before;
    return opened;
  }

  bool is_local_locator(const Locator_t& locator) const override {
    return IPLocator::isLocal(locator) || network_->is_own(address_of(locator));
  }

  /// Called while a participant's announcement is read.
  bool transform_remote_locator(const Locator_t& given, Locator_t& result) const override {
    if (!IsLocatorSupported(given)) return false;
    if (current_datagram == nullptr && prefix_of(given) != Prefix{}) {  // it has been here before
      result = given;
      return true;
    }
    Locator_t remote = given;  // of the wire: what it says of a participant counts for nothing
    std::fill_n(remote.address, kAddressAt, octet{0});
    if (current_datagram == nullptr || IPLocator::isMulticast(remote))
      return ChainingTransport::transform_remote_locator(remote, result);
    result = remote;
    const Datagram& datagram = *current_datagram;
    const std::uint16_t port = IPLocator::getPhysicalPort(remote);
    if (!datagram.from_elsewhere) {
      // Everything of this machine is reached by loopback, whatever addresses it had.
      Locator_t loopback = remote;
      set_address(loopback, INADDR_LOOPBACK);
      if (is_locator_allowed(loopback))
        result = loopback;
      else if (!is_locator_allowed(remote))
        return false;
      network_->peers.announced(datagram.from, {address_of(result), port});
      return true;
    }
    if (IPLocator::isLocal(remote)) set_address(result, datagram.source);  // not our loopback
    std::copy(datagram.from.begin(), datagram.from.end(), result.address);
    network_->peers.announced(datagram.from, {address_of(result), port});
    return true;
  }

  bool send(eprosima::fastrtps::rtps::SenderResource*, const octet* data, std::uint32_t size,
            LocatorsIterator* begin, LocatorsIterator* end,
            const std::chrono::steady_clock::time_point&) override {
    boost::container::small_vector<PeerAddresses::Endpoint, 8> destinations;
    bool sent = true;
    for (LocatorsIterator& it = *begin; it != *end; ++it) {
      const Locator_t& locator = *it;
      if (!IsLocatorSupported(locator)) continue;
      const PeerAddresses::Endpoint to = here_and_now(locator);
      if (IPLocator::isMulticast(locator)) {
        network_->multicast(to, data, size);
        continue;
      }
      // Several addresses of a participant may have become one.
      if (std::find(destinations.begin(), destinations.end(), to) != destinations.end()) continue;
      destinations.push_back(to);
      sent = network_->send(to, data, size) && sent;
    }
    return sent;
  }

  void receive(fastdds::TransportReceiverInterface* next, const octet* data, std::uint32_t size,
               const Locator_t& local, const Locator_t& remote) override {
    Datagram datagram;
    datagram.source = address_of(remote);
    if (size >= kHeaderSize) {
      std::copy_n(data + kPrefixAt, datagram.from.size(), datagram.from.begin());
      datagram.from_elsewhere = !is_loopback(datagram.source) && !network_->is_own(datagram.source);
      if (datagram.from_elsewhere && network_->peers.heard(datagram.from, datagram.source))
        log::info("a participant of the fleet is heard from " + to_string(datagram.source) +
                  " now");
    }
    const Datagram* outer = std::exchange(current_datagram, &datagram);
    next->OnDataReceived(data, size, local, remote);
    current_datagram = outer;
  }

 private:
  PeerAddresses::Endpoint here_and_now(const Locator_t& locator) const {
    const Prefix peer = prefix_of(locator);
    Address address = address_of(locator);
    if (peer != Prefix{}) address = network_->peers.current(peer, address);
    return {address, IPLocator::getPhysicalPort(locator)};
  }

  RoamingTransportDescriptor descriptor_;
  const std::shared_ptr<NetworkState> network_;
  bool has_sender_ = false;
};

}  // namespace

fastdds::TransportInterface* RoamingTransportDescriptor::create_transport() const {
  return new RoamingTransport(*this, network_);
}

namespace {

/// A datagram that goes out from an address, or on an interface.
class Datagrams {
 public:
  Datagrams(PeerAddresses::Endpoint to, const void* data, std::size_t size)
      : to_(socket_address(to)), part_{const_cast<void*>(data), size} {
    message_.msg_name = &to_;
    message_.msg_namelen = sizeof to_;
    message_.msg_iov = &part_;
    message_.msg_iovlen = 1;
  }
  bool send(int socket, int flags) const { return sendmsg(socket, &message_, flags) >= 0; }
  bool send_with(int socket, const in_pktinfo& info, int flags) {
    message_.msg_control = control_;
    message_.msg_controllen = sizeof control_;
    cmsghdr* header = CMSG_FIRSTHDR(&message_);
    header->cmsg_level = IPPROTO_IP;
    header->cmsg_type = IP_PKTINFO;
    header->cmsg_len = CMSG_LEN(sizeof info);
    std::memcpy(CMSG_DATA(header), &info, sizeof info);
    return send(socket, flags);
  }

 private:
  sockaddr_in to_;
  iovec part_;
  msghdr message_{};
  alignas(cmsghdr) char control_[CMSG_SPACE(sizeof(in_pktinfo))] = {};
};

}  // namespace

NetworkState::NetworkState(std::vector<std::string> allowed)
    : allowed_(std::move(allowed)),
      sender_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)),
      interfaces_(interfaces(allowed_)) {}

NetworkState::~NetworkState() {
  if (sender_ >= 0) close(sender_);
  if (members_ >= 0) close(members_);
}

std::string NetworkState::refresh() {
  auto now = interfaces(allowed_);
  const MutexLock lock(mutex_);
  std::string change = describe_change(interfaces_, now);
  interfaces_ = std::move(now);
  join_groups();
  return change;
}

bool NetworkState::is_own(Address address) const {
  const MutexLock lock(mutex_);
  return std::any_of(interfaces_.begin(), interfaces_.end(),
                     [&](const Interface& one) { return one.address == address; });
}

void NetworkState::listens(Address group, std::uint16_t port) {
  const MutexLock lock(mutex_);
  if (group == 0) {
    own_ports_.insert(port);
    return;
  }
  groups_.insert({group, port});
  join_groups();
}

/// A socket of its own holds the memberships: one that listens on the wildcard address gets what
/// any socket of the machine has joined (IP_MULTICAST_ALL, ip(7)). It is made anew each time, for
/// the kernel keeps those of interfaces that are gone, and counts them.
void NetworkState::join_groups() {
  const int members = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (members < 0) return;
  std::set<std::pair<Address, int>> joined;
  for (const PeerAddresses::Endpoint& group : groups_) {
    for (const Interface& one : interfaces_) {
      if (!joined.insert({group.address, one.index}).second) continue;
      ip_mreqn request{};
      request.imr_multiaddr.s_addr = htonl(group.address);
      request.imr_ifindex = one.index;
      setsockopt(members, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request);
    }
  }
  if (members_ >= 0) close(members_);
  members_ = members;
}

void NetworkState::multicast(PeerAddresses::Endpoint group, const void* data,
                             std::size_t size) const {
  std::set<int> indexes;
  {
    const MutexLock lock(mutex_);
    for (const Interface& one : interfaces_) indexes.insert(one.index);
  }
  Datagrams datagram(group, data, size);
  for (const int index : indexes) {
    in_pktinfo info{};
    info.ipi_ifindex = index;
    // An interface may be gone by now: the next look tells.
    datagram.send_with(sender_, info, MSG_NOSIGNAL | MSG_DONTWAIT);
  }
}

bool NetworkState::send(PeerAddresses::Endpoint to, const void* data, std::size_t size) const {
  Datagrams datagram(to, data, size);
  if (allowed_.empty()) return datagram.send(sender_, MSG_NOSIGNAL);
  std::vector<Address> from;
  {
    const MutexLock lock(mutex_);
    for (const Interface& one : interfaces_) from.push_back(one.address);
  }
  bool sent = false;
  for (const Address address : from) {
    in_pktinfo info{};
    info.ipi_spec_dst.s_addr = htonl(address);
    sent = datagram.send_with(sender_, info, MSG_NOSIGNAL) || sent;
  }
  return sent;
}

void NetworkState::send_to_all(const std::vector<std::uint8_t>& message) const {
  std::set<PeerAddresses::Endpoint> groups;
  {
    const MutexLock lock(mutex_);
    groups = groups_;
  }
  for (const auto& group : groups) multicast(group, message.data(), message.size());
  for (const auto& endpoint : peers.all()) send(endpoint, message.data(), message.size());
  send_to_self(message);
}

void NetworkState::send_to_self(const std::vector<std::uint8_t>& message) const {
  std::set<PeerAddresses::Endpoint> own;
  {
    const MutexLock lock(mutex_);
    for (const std::uint16_t port : own_ports_) {
      if (allowed_.empty()) own.insert({INADDR_LOOPBACK, port});
      for (const Interface& one : interfaces_) {
        if (!allowed_.empty()) own.insert({one.address, port});
      }
    }
  }
  for (const auto& endpoint : own) send(endpoint, message.data(), message.size());
}

}  // namespace mort::dds_topics
