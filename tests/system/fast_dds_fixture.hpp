// Two participants of one process on loopback.
#pragma once

#include <unistd.h>

#include "mort/base/result.hpp"
#include "mort/dds_topics/fast_dds_bus.hpp"
#include "support/bus_contract.hpp"

namespace mort::dds_topics {

/// Node ids of this process: no other process shares memory with them.
inline std::string mark() {
  return "test-" + std::to_string(getpid()) + "-";
}

/// Two participants in a domain that nobody else on this machine uses. At most 16 fixtures a
/// process: Fast DDS numbers the participants of a process on and on, and looks for 32 at an
/// address.
class FastDdsFixture : public bus::BusFixture {
 public:
  /// Each on a node of its own: UDP.
  FastDdsFixture() : FastDdsFixture("a", "b") {}
  bus::Bus& first() override { return *first_; }
  bus::Bus& second() override { return *second_; }
  bool wait_for(const std::function<bool()>& done) override {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!done()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }

 protected:
  FastDdsFixture(const std::string& first, const std::string& second)
      : claim_(std::move(*DomainClaim::claim())), first_(make(first)), second_(make(second)) {}

 private:
  std::unique_ptr<bus::Bus> make(const std::string& node) {
    ParticipantOptions options;
    options.network.domain = claim_.id();
    options.node = mark() + node;
    options.network.interfaces = {"127.0.0.1"};
    options.network.peers = {"127.0.0.1"};
    auto made = make_fast_dds_bus(options);
    MORT_CHECK(made.has_value());
    return std::move(*made);
  }
  DomainClaim claim_;
  std::unique_ptr<bus::Bus> first_;
  std::unique_ptr<bus::Bus> second_;
};

}  // namespace mort::dds_topics
