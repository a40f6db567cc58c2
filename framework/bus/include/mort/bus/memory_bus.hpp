// A bus inside one process, for simulations: every delivery is a command on an executor that the
// test drives.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "mort/bus/bus.hpp"

namespace mort::bus {

class MemoryNetwork;

/// The bus of one simulated node. Threads: one, that of the executor.
class MemoryBus : public Bus {
 public:
  MemoryBus(MemoryNetwork& network, std::string node);
  Result<std::unique_ptr<Writer>> create_writer(const TopicSpec& topic, const Qos& qos,
                                                const EndpointInfo& info, Events events) override;
  Result<std::unique_ptr<Reader>> create_reader(const TopicSpec& topic, const Qos& qos,
                                                const EndpointInfo& info, Events events) override;
  /// Those of writers that say nothing of themselves.
  std::vector<ForeignTopic> foreign_topics() const override;

 private:
  MemoryNetwork& network_;
  std::string node_;
};

/// What all MemoryBus of a simulation share.
class MemoryNetwork {
 public:
  using Executor = std::function<void(std::function<void()>)>;
  /// Decides over one delivery; it may change the payload; false drops it.
  using Filter = std::function<bool(const TopicSpec& topic, const std::string& from,
                                    const std::string& to, std::vector<std::uint8_t>& payload)>;

  MemoryNetwork(const Clock& clock, Executor executor);
  ~MemoryNetwork();
  void set_filter(Filter filter) { filter_ = std::move(filter); }

  struct Hub;

 private:
  friend class MemoryBus;
  Filter filter_;
  std::shared_ptr<Hub>
      hub_;  // shared with endpoints and with deliveries under way, which may outlive a bus
};

}  // namespace mort::bus
