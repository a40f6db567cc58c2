// The IPv4 interfaces of this machine, and their changes while the process runs.
#pragma once

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "mort/base/result.hpp"
#include "peer_addresses.hpp"

namespace mort::dds_topics {

/// An address of an interface that is up.
struct Interface {
  int index = 0;
  std::string name;
  Address address = 0;
  bool loopback = false;
  auto operator<=>(const Interface&) const = default;
};

std::string to_string(Address address);
/// Nothing for other text.
Address parse_address(const std::string& text);

/// Those that are up now; with `allowed` (IPv4 addresses) only those named there.
std::vector<Interface> interfaces(const std::vector<std::string>& allowed);

/// "eth0 has lost 10.0.0.2; wlan0 has 10.0.0.7 now".
std::string describe_change(const std::vector<Interface>& before,
                            const std::vector<Interface>& after);

/// Hears from the kernel (rtnetlink) when an interface or an address comes or goes.
/// Threads: `on_change` is called on a thread of its own, until the watch is destroyed.
class InterfaceWatch {
 public:
  /// Errors: kFailed when the kernel gives no socket.
  static Result<std::unique_ptr<InterfaceWatch>> open(std::function<void()> on_change);
  ~InterfaceWatch();

 private:
  InterfaceWatch(int netlink, int wake, std::function<void()> on_change);
  void run();

  const int netlink_;
  const int wake_;
  const std::function<void()> on_change_;
  std::thread thread_;
};

}  // namespace mort::dds_topics
