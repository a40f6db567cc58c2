#include "mort/dds_topics/fast_dds_bus.hpp"

#include <fastdds/rtps/transport/UDPv4TransportDescriptor.h>
#include <fastrtps/utils/IPLocator.h>
#include <fastrtps/xmlparser/XMLProfileManager.h>
#include <algorithm>
#include <fastdds/dds/domain/DomainParticipant.hpp>
#include <fastdds/dds/domain/DomainParticipantFactory.hpp>
#include <fastdds/dds/log/Log.hpp>
#include <fastdds/dds/publisher/Publisher.hpp>
#include <fastdds/dds/subscriber/Subscriber.hpp>
#include <fastdds/dds/topic/TypeSupport.hpp>
#include <limits>
#include <sstream>

#include "endpoints.hpp"
#include "farewell.hpp"
#include "interfaces.hpp"
#include "mort/base/log.hpp"
#include "mort/dds_topics/wire_names.hpp"
#include "node_memory.hpp"
#include "roaming_transport.hpp"
#include "robust_locks.hpp"

namespace mort::dds_topics {
namespace {

namespace dds = eprosima::fastdds::dds;
namespace rtps = eprosima::fastrtps::rtps;

constexpr const char* kBulkFlow = "mort_bulk";
constexpr std::uint64_t kFlowPeriodMs = 10;
/// Smaller payloads are as fast by UDP on loopback, without a thread and a segment for each reader.
constexpr std::size_t kSharedFrom = 16 * 1024;
/// Most memory that one writer's history may take from /dev/shm.
constexpr std::size_t kMaxSegment = 128 * 1024 * 1024;

/// What Fast DDS will allocate for the history of a writer with bounded payloads.
std::size_t segment_size(const bus::Qos& qos) {
  constexpr std::size_t kHeaderOfASample = 256;
  const auto samples = static_cast<std::size_t>(qos.keep_all ? qos.max_samples : qos.depth + 1) + 1;
  return samples * (qos.max_payload + kHeaderOfASample);
}

dds::DomainParticipantQos participant_qos(const ParticipantOptions& options,
                                          const std::shared_ptr<NetworkState>& network) {
  dds::DomainParticipantQos qos = dds::PARTICIPANT_QOS_DEFAULT;
  qos.name(options.name.c_str());
  auto& discovery = qos.wire_protocol().builtin.discovery_config;
  discovery.leaseDuration = to_duration(options.lease);
  discovery.leaseDuration_announcementperiod = to_duration(options.announcement);
  qos.transport().use_builtin_transports = false;
  auto udp = std::make_shared<eprosima::fastdds::rtps::UDPv4TransportDescriptor>();
  udp->interfaceWhiteList = options.network.interfaces;
  udp->receiveBufferSize =
      4 * 1024 * 1024;  // the send buffer stays as it is: a large one destroys large samples
  udp->maxInitialPeersRange = 32;
  udp->maxMessageSize = options.network.max_datagram;
  qos.transport().user_transports.push_back(
      std::make_shared<RoamingTransportDescriptor>(udp, network));
  qos.transport().listen_socket_buffer_size = 4 * 1024 * 1024;
  for (const std::string& address : options.network.peers) {
    rtps::Locator_t locator;
    locator.kind = LOCATOR_KIND_UDPv4;
    rtps::IPLocator::setIPv4(locator, address);
    qos.wire_protocol().builtin.initialPeersList.push_back(locator);
  }
  if (!options.network.peers
           .empty()) {  // an explicit list replaces the default: keep multicast in it
    rtps::Locator_t multicast;
    multicast.kind = LOCATOR_KIND_UDPv4;
    rtps::IPLocator::setIPv4(multicast, "239.255.0.1");
    qos.wire_protocol().builtin.initialPeersList.push_back(multicast);
  }
  if (options.network.bulk_rate > 0) {
    auto flow = std::make_shared<eprosima::fastdds::rtps::FlowControllerDescriptor>();
    flow->name = kBulkFlow;
    flow->period_ms = kFlowPeriodMs;
    const std::uint64_t bytes = options.network.bulk_rate / 8 * kFlowPeriodMs / 1000;
    flow->max_bytes_per_period = static_cast<std::int32_t>(std::clamp<std::uint64_t>(
        bytes, bus::Network::kSmallestDatagram, std::numeric_limits<int>::max()));
    qos.flow_controllers().push_back(flow);
  }
  return qos;
}

/// Owns the participant and everything that endpoints share.
class FastDdsBus : public bus::Bus {
 public:
  static Result<std::unique_ptr<bus::Bus>> create(const ParticipantOptions& options) {
    if (options.network.domain > 232) {
      return fail(ErrorCode::kInvalid,
                  "DDS domain id " + std::to_string(options.network.domain) + " is above 232", {},
                  "choose 0..232; 1..101 never collide with ephemeral ports");
    }
    if (options.network.max_datagram < bus::Network::kSmallestDatagram ||
        options.network.max_datagram > bus::Network::kLargestDatagram) {
      return fail(ErrorCode::kInvalid,
                  "a datagram of " + std::to_string(options.network.max_datagram) + " bytes", {},
                  "choose " + std::to_string(bus::Network::kSmallestDatagram) + ".." +
                      std::to_string(bus::Network::kLargestDatagram) +
                      "; 1400 fits one Ethernet frame");
    }
    dds::Log::SetVerbosity(dds::Log::Kind::Error);
    auto* factory = dds::DomainParticipantFactory::get_instance();
    factory->load_profiles();  // now, lest a file named by the environment undoes what follows
    // Within a process data goes by pointer, outside DDS; what Fast DDS does there would run
    // listeners on the writer's thread and never repeat what a full history refused.
    eprosima::fastrtps::LibrarySettingsAttributes settings;
    settings.intraprocess_delivery = eprosima::fastrtps::INTRAPROCESS_OFF;
    eprosima::fastrtps::xmlparser::XMLProfileManager::library_settings(settings);
    auto bus = std::unique_ptr<FastDdsBus>(new FastDdsBus);
    bus->directory_ = std::make_shared<PeerDirectory>();
    bus->network_ = std::make_shared<NetworkState>(options.network.interfaces);
    bus->listener_ = std::make_unique<DiscoveryListener>(bus->directory_, bus->network_);
    // StatusMask::none(): the default mask would swallow on_data_available of the readers.
    bus->participant_ =
        factory->create_participant(options.network.domain, participant_qos(options, bus->network_),
                                    bus->listener_.get(), dds::StatusMask::none());
    if (bus->participant_ == nullptr) {
      return fail(ErrorCode::kUnreachable,
                  "Fast DDS cannot join domain " + std::to_string(options.network.domain), {},
                  "check that the interface addresses exist (`ip addr`) and that UDP ports from "
                  "7400 on are free");
    }
    // Settings of our own, not the DEFAULT objects: for those profiles from outside are taken.
    bus->publisher_ = bus->participant_->create_publisher(dds::PublisherQos());
    bus->subscriber_ = bus->participant_->create_subscriber(dds::SubscriberQos());
    MORT_CHECK(bus->publisher_ != nullptr && bus->subscriber_ != nullptr);
    bus->watch_interfaces();
    if (options.network.bulk_rate > 0) bus->flow_control_ = kBulkFlow;
    if (options.network.shared_memory && !options.node.empty()) bus->join(options.node);
    return bus;
  }

  ~FastDdsBus() override {
    management_.check();
    watch_.reset();
    if (participant_ == nullptr) return;
    participant_->set_listener(nullptr);
    participant_->delete_contained_entities();
    dds::DomainParticipantFactory::get_instance()->delete_participant(participant_);
  }

  Result<std::unique_ptr<bus::Writer>> create_writer(const bus::TopicSpec& spec,
                                                     const bus::Qos& qos,
                                                     const bus::EndpointInfo& info,
                                                     bus::Events events) override {
    return create<FastDdsWriter>(*publisher_, "writer", spec, qos, info, events);
  }

  Result<std::unique_ptr<bus::Reader>> create_reader(const bus::TopicSpec& spec,
                                                     const bus::Qos& qos,
                                                     const bus::EndpointInfo& info,
                                                     bus::Events events) override {
    return create<FastDdsReader>(*subscriber_, "reader", spec, qos, info, events);
  }

  std::vector<bus::ForeignTopic> foreign_topics() const override {
    return directory_->foreign_topics();
  }

  bus::Participant participant() const override {
    return bus::participant_of(to_guid(participant_->guid()));
  }
  void say_goodbye_for(const bus::Participant& dead) override {
    network_->send_to_all(farewell_of(dead));
  }
  void forget(const bus::Participant& silent) override {
    network_->send_to_self(farewell_of(silent));
  }

 private:
  FastDdsBus() = default;

  void watch_interfaces() {
    const auto refresh = [network = network_] {
      if (const std::string change = network->refresh(); !change.empty())
        log::info("network: " + change);
    };
    auto watch = InterfaceWatch::open(refresh);
    if (!watch) return log::warning(to_string(watch.error()));
    watch_ = std::move(*watch);
    refresh();  // what has changed before the watch was there
  }

  /// Shared memory only speeds things up: without it everything goes by UDP.
  void join(const std::string& node) {
    MORT_CHECK(has_robust_locks());
    auto memory = NodeMemory::join(node);
    if (!memory) return log::warning(to_string(memory.error()));
    std::ostringstream prefix;
    prefix << participant_->guid().guidPrefix;
    if (const auto owned = (*memory)->own(prefix.str()); !owned)
      return log::warning(to_string(owned.error()));
    memory_ = std::move(*memory);
  }

  template <class Endpoint, class Parent>
  Result<std::unique_ptr<Endpoint>> create(Parent& parent, const char* kind,
                                           const bus::TopicSpec& spec, const bus::Qos& qos,
                                           const bus::EndpointInfo& info,
                                           const bus::Events& events) {
    management_.check();
    MORT_TRY(names, wire_names(spec));
    MORT_TRY(topic, find_topic(names));
    auto* type = dynamic_cast<PayloadType*>(participant_->find_type(names.type).get());
    MORT_CHECK(type != nullptr);
    const std::size_t shared = segment_size(qos);
    if (memory_ != nullptr && qos.max_payload >= kSharedFrom &&
        qos.max_payload <= bus::kMaxPayload) {
      std::string why = "/dev/shm has no room for";
      if (shared > kMaxSegment) {
        why = "its history may take no more than " + std::to_string(kMaxSegment) +
              " bytes of /dev/shm (a smaller depth or max_bytes), and needs";
      } else if (memory_->has_room(shared)) {
        type->set_bound(qos.max_payload);
        auto endpoint = std::make_unique<Endpoint>(directory_, events);
        if (endpoint->open(parent, *topic, qos, info, {memory_.get(), flow_control_}))
          return endpoint;
      }
      log::warning("topic " + spec.name + ": " + why + " " + std::to_string(shared) +
                   " bytes; its messages go by UDP within the node");
    }
    type->set_bound(0);
    auto endpoint = std::make_unique<Endpoint>(directory_, events);
    if (!endpoint->open(parent, *topic, qos, info, {nullptr, flow_control_})) {
      return fail(ErrorCode::kFailed,
                  std::string("Fast DDS refused a ") + kind + " for topic " + spec.name);
    }
    return endpoint;
  }

  Result<dds::Topic*> find_topic(const bus::TopicSpec& spec) {
    if (auto* known = dynamic_cast<dds::Topic*>(participant_->lookup_topicdescription(spec.name))) {
      if (known->get_type_name() == spec.type) return known;
      return fail(ErrorCode::kInvalid, "topic " + spec.name + " has type " +
                                           known->get_type_name() + ", not " + spec.type);
    }
    if (participant_->find_type(spec.type).empty()) {
      participant_->register_type(dds::TypeSupport(new PayloadType(spec.type)));
    }
    auto* topic = participant_->create_topic(spec.name, spec.type, dds::TopicQos());
    if (topic == nullptr) return fail(ErrorCode::kFailed, "Fast DDS refused topic " + spec.name);
    return topic;
  }

  const ManagementThread management_;
  std::unique_ptr<NodeMemory> memory_;  // outlives the participant; null: UDP alone
  const char* flow_control_ = nullptr;
  std::shared_ptr<NetworkState> network_;  // shared with the transport and the watch
  std::unique_ptr<InterfaceWatch> watch_;
  std::shared_ptr<PeerDirectory> directory_;  // shared with endpoints and the discovery threads
  std::unique_ptr<DiscoveryListener> listener_;
  dds::DomainParticipant* participant_ = nullptr;
  dds::Publisher* publisher_ = nullptr;
  dds::Subscriber* subscriber_ = nullptr;
};

}  // namespace

Result<std::unique_ptr<bus::Bus>> make_fast_dds_bus(const ParticipantOptions& options) {
  return FastDdsBus::create(options);
}

}  // namespace mort::dds_topics
