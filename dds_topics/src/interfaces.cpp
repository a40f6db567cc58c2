#include "interfaces.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace mort::dds_topics {
namespace {

/// A change brings several messages: they are looked at once.
constexpr int kQuietMs = 100;

}  // namespace

std::string to_string(Address address) {
  const in_addr raw{htonl(address)};
  char text[INET_ADDRSTRLEN] = {};
  inet_ntop(AF_INET, &raw, text, sizeof text);
  return text;
}

Address parse_address(const std::string& text) {
  in_addr raw{};
  return inet_pton(AF_INET, text.c_str(), &raw) == 1 ? ntohl(raw.s_addr) : 0;
}

std::vector<Interface> interfaces(const std::vector<std::string>& allowed) {
  std::vector<Interface> list;
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return list;
  for (const ifaddrs* entry = first; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != AF_INET) continue;
    if ((entry->ifa_flags & IFF_UP) == 0 || (entry->ifa_flags & IFF_RUNNING) == 0) continue;
    sockaddr_in address{};
    std::memcpy(&address, entry->ifa_addr, sizeof address);
    Interface one{static_cast<int>(if_nametoindex(entry->ifa_name)), entry->ifa_name,
                  ntohl(address.sin_addr.s_addr), (entry->ifa_flags & IFF_LOOPBACK) != 0};
    const bool wanted = allowed.empty() || std::find(allowed.begin(), allowed.end(),
                                                     to_string(one.address)) != allowed.end();
    if (one.index > 0 && wanted) list.push_back(std::move(one));
  }
  freeifaddrs(first);
  std::sort(list.begin(), list.end());
  return list;
}

std::string describe_change(const std::vector<Interface>& before,
                            const std::vector<Interface>& after) {
  std::string text;
  const auto add = [&](const std::vector<Interface>& from, const std::vector<Interface>& to,
                       const char* lost, const char* end) {
    for (const Interface& one : from) {
      if (std::find(to.begin(), to.end(), one) != to.end()) continue;
      text += (text.empty() ? "" : "; ") + one.name + lost + to_string(one.address) + end;
    }
  };
  add(before, after, " has lost ", "");
  add(after, before, " has ", " now");
  return text;
}

Result<std::unique_ptr<InterfaceWatch>> InterfaceWatch::open(std::function<void()> on_change) {
  const int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR;
  if (netlink < 0 ||
      bind(netlink, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const std::string why = std::strerror(errno);
    if (netlink >= 0) close(netlink);
    return fail(ErrorCode::kFailed, "cannot watch the network interfaces: " + why, {},
                "changes of addresses will not be followed");
  }
  const int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake < 0) {
    close(netlink);
    return fail(ErrorCode::kFailed, std::string("eventfd: ") + std::strerror(errno));
  }
  return std::unique_ptr<InterfaceWatch>(new InterfaceWatch(netlink, wake, std::move(on_change)));
}

InterfaceWatch::InterfaceWatch(int netlink, int wake, std::function<void()> on_change)
    : netlink_(netlink), wake_(wake), on_change_(std::move(on_change)) {
  thread_ = std::thread([this] { run(); });
}

InterfaceWatch::~InterfaceWatch() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(wake_, &one, sizeof one);
  thread_.join();
  close(netlink_);
  close(wake_);
}

void InterfaceWatch::run() {
  char message[8192];
  bool changed = false;
  while (true) {
    pollfd polls[2] = {{wake_, POLLIN, 0}, {netlink_, POLLIN, 0}};
    const int ready = poll(polls, 2, changed ? kQuietMs : -1);
    if (polls[0].revents != 0) return;
    if (ready == 0) {
      changed = false;
      on_change_();
      continue;
    }
    if (ready < 0 && errno != EINTR) return;
    // What was lost to a full buffer (ENOBUFS) is a change as well.
    while (recv(netlink_, message, sizeof message, 0) > 0 || errno == ENOBUFS) {
    }
    changed = true;
  }
}

}  // namespace mort::dds_topics
