// Three hosts on one machine: network namespaces with an address each, joined by a bridge, an agent
// in each.
#pragma once

#include <sys/wait.h>

#include "support/product.hpp"

namespace mort::test {

class NamespaceFleet {
 public:
  static constexpr int kNodes = 3;

  /// Needs root and the right to make network namespaces.
  static bool possible() {
    const auto made = run_process({"ip", "netns", "add", "mortprobe"});
    if (!made || made->exit_code != 0) return false;
    run_process({"ip", "netns", "del", "mortprobe"});
    return true;
  }

  // The kernel takes a namespace apart in the background, so no name may come twice.
  NamespaceFleet() : id_(std::to_string(getpid() % 100000) + "f" + std::to_string(next_++)) {
    ip({"link", "add", bridge(), "type", "bridge", "mcast_snooping", "0"});
    ip({"link", "set", bridge(), "up"});
    for (int node = 0; node < kNodes; ++node) add_host(node);
  }
  ~NamespaceFleet() {
    for (const pid_t pid : product_.processes("mort")) kill(pid, SIGTERM);
    for (auto& agent : agents_) {
      if (agent.valid()) agent.wait();
    }
    for (int node = 0; node < kNodes; ++node) {
      ip({"link", "del", veth(node)});  // at once, unlike what goes with its namespace
      ip({"netns", "del", netns(node)});
    }
    ip({"link", "del", bridge()});
  }

  void start_agent(int node, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {
        "agent", "--id", "node" + std::to_string(node), "--cpu", "4", "--data-dir", data_dir(node)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    agents_.push_back(std::async(std::launch::async,
                                 [this, node, arguments] { return run(node, arguments, 300); }));
  }
  /// SIGKILL to the agent of a node; its worker dies with it.
  bool kill_agent(int node) {
    const pid_t pid = agent_pid(node);
    return pid > 0 && kill(pid, SIGKILL) == 0;
  }
  /// 0: none.
  pid_t agent_pid(int node) const {
    for (const pid_t pid : product_.processes("mort")) {
      const std::string command = read_file("/proc/" + std::to_string(pid) + "/cmdline");
      if (command.find("agent") != std::string::npos &&
          command.find(data_dir(node)) != std::string::npos)
        return pid;
    }
    return 0;
  }
  /// SIGKILL to the workers of a node.
  int kill_workers(int node) const {
    int killed = 0;
    for (const pid_t pid : product_.processes("mort-worker")) {
      if (fs::read_symlink("/proc/" + std::to_string(pid) + "/ns/net") !=
          fs::read_symlink("/proc/" + std::to_string(agent_pid(node)) + "/ns/net"))
        continue;
      killed += kill(pid, SIGKILL) == 0 ? 1 : 0;
    }
    return killed;
  }

  // Faults of the network.
  /// The switch drops what the node sends and gets; its own interface notices nothing.
  void cut(int node) const { ip({"link", "set", veth(node), "nomaster"}); }
  void heal(int node) const { ip({"link", "set", veth(node), "master", bridge(), "up"}); }
  /// Pulls the interface out; plug() puts another one in.
  void unplug(int node) const { ip({"link", "del", veth(node)}); }
  void plug(int node, const std::string& address) const {
    ip({"link", "add", veth(node), "type", "veth", "peer", "name", "eth0", "netns", netns(node)});
    ip({"link", "set", veth(node), "master", bridge(), "up"});
    ip({"-n", netns(node), "addr", "add", address + "/24", "dev", "eth0"});
    ip({"-n", netns(node), "link", "set", "eth0", "up"});
    ip({"-n", netns(node), "route", "add", "default", "dev", "eth0"});  // multicast needs a route
  }
  /// The interface gets another address, as from DHCP.
  void readdress(int node, const std::string& address) const {
    ip({"-n", netns(node), "addr", "flush", "dev", "eth0", "scope", "global"});
    ip({"-n", netns(node), "addr", "add", address + "/24", "dev", "eth0"});
    ip({"-n", netns(node), "route", "replace", "default", "dev", "eth0"});
  }
  static std::string address(int node) { return "10.77.0." + std::to_string(node + 1); }

  void start_all() {
    for (int node = 0; node < kNodes; ++node)
      start_agent(node, {"--label", "zone=z" + std::to_string(node)});
    ASSERT_TRUE(wait_for_nodes(kNodes));
  }
  bool wait_for_nodes(std::size_t count) {
    return wait_for([&] {
      for (int node = 0; node < kNodes; ++node) {
        const auto nodes = ask(node, {"nodes"});
        if (!nodes.is_array() || nodes.size() != count) return false;
      }
      return true;
    });
  }

  /// Runs `mort arguments...` on a node, to its end.
  ProcessResult run(int node, const std::vector<std::string>& arguments,
                    int timeout_s = 120) const {
    std::vector<std::string> command = {"ip",        "netns", "exec",
                                        netns(node), "env",   "MORT_AGENT=" + data_dir(node)};
    return product_.run_within(command, arguments, timeout_s);
  }
  /// Runs another program on a node, to its end.
  ProcessResult run_other(int node, const std::vector<std::string>& program,
                          int timeout_s = 120) const {
    return product_.run_program({"ip", "netns", "exec", netns(node)}, program, timeout_s);
  }
  /// A listing as JSON; null when it failed.
  Json ask(int node, std::vector<std::string> arguments) const {
    arguments.emplace_back("--json");
    const auto ran = run(node, arguments);
    return ran.exit_code == 0 ? Json::parse(ran.out, nullptr, false) : Json();
  }

  std::string data_dir(int node) const { return dir_.path() + "/node" + std::to_string(node); }
  /// Bytes that the nodes have sent so far, as their interfaces count them.
  std::uint64_t bytes_sent() const {
    std::uint64_t total = 0;
    for (int node = 0; node < kNodes; ++node) {
      total += std::stoull(read_file("/sys/class/net/" + veth(node) + "/statistics/rx_bytes"));
    }
    return total;
  }
  const Product& product() const { return product_; }

 private:
  std::string netns(int node) const { return "mort" + id_ + "n" + std::to_string(node); }
  std::string veth(int node) const { return "mv" + id_ + "n" + std::to_string(node); }
  std::string bridge() const { return "mb" + id_; }

  static void ip(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "ip");
    const auto ran = run_process(arguments);
    EXPECT_TRUE(ran && ran->exit_code == 0)
        << arguments[1] << " " << arguments[2] << ": " << (ran ? ran->err : "");
  }

  void add_host(int node) {
    ip({"netns", "add", netns(node)});
    ip({"-n", netns(node), "link", "set", "lo", "up"});
    plug(node, address(node));
  }

  static inline int next_ = 0;
  const std::string id_;
  TempDir dir_;
  Product product_;
  std::vector<std::future<ProcessResult>> agents_;
};

}  // namespace mort::test
