#include "mort/dds_topics/fast_dds_bus.hpp"

#include <fastdds/rtps/transport/UDPv4TransportDescriptor.h>
#include <fastrtps/utils/IPLocator.h>
#include <fastrtps/xmlparser/XMLProfileManager.h>
#include <fastdds/dds/domain/DomainParticipant.hpp>
#include <fastdds/dds/domain/DomainParticipantFactory.hpp>
#include <fastdds/dds/log/Log.hpp>
#include <fastdds/dds/publisher/Publisher.hpp>
#include <fastdds/dds/subscriber/Subscriber.hpp>
#include <fastdds/dds/topic/TypeSupport.hpp>

#include "endpoints.hpp"

namespace mort::dds_topics {
namespace {

namespace dds = eprosima::fastdds::dds;
namespace rtps = eprosima::fastrtps::rtps;

dds::DomainParticipantQos participant_qos(const ParticipantOptions& options) {
  dds::DomainParticipantQos qos = dds::PARTICIPANT_QOS_DEFAULT;
  qos.name(options.name.c_str());
  auto& discovery = qos.wire_protocol().builtin.discovery_config;
  discovery.leaseDuration = to_duration(options.lease);
  discovery.leaseDuration_announcementperiod = to_duration(options.announcement);
  qos.transport().use_builtin_transports = false;
  auto udp = std::make_shared<eprosima::fastdds::rtps::UDPv4TransportDescriptor>();
  udp->interfaceWhiteList = options.interfaces;
  udp->receiveBufferSize =
      4 * 1024 * 1024;  // the send buffer stays as it is: a large one destroys large samples
  udp->maxInitialPeersRange = 32;
  qos.transport().user_transports.push_back(udp);
  qos.transport().listen_socket_buffer_size = 4 * 1024 * 1024;
  for (const std::string& address : options.peers) {
    rtps::Locator_t locator;
    locator.kind = LOCATOR_KIND_UDPv4;
    rtps::IPLocator::setIPv4(locator, address);
    qos.wire_protocol().builtin.initialPeersList.push_back(locator);
  }
  if (!options.peers.empty()) {  // an explicit list replaces the default: keep multicast in it
    rtps::Locator_t multicast;
    multicast.kind = LOCATOR_KIND_UDPv4;
    rtps::IPLocator::setIPv4(multicast, "239.255.0.1");
    qos.wire_protocol().builtin.initialPeersList.push_back(multicast);
  }
  return qos;
}

/// Owns the participant and everything that endpoints share.
class FastDdsBus : public bus::Bus {
 public:
  static Result<std::unique_ptr<bus::Bus>> create(const ParticipantOptions& options) {
    if (options.domain > 232) {
      return fail(ErrorCode::kInvalid,
                  "DDS domain id " + std::to_string(options.domain) + " is above 232", {},
                  "choose 0..232; 1..101 never collide with ephemeral ports");
    }
    dds::Log::SetVerbosity(dds::Log::Kind::Error);
    // Within a process data goes by pointer, outside DDS; what Fast DDS does there would run
    // listeners on the writer's thread and never repeat what a full history refused.
    eprosima::fastrtps::LibrarySettingsAttributes settings;
    settings.intraprocess_delivery = eprosima::fastrtps::INTRAPROCESS_OFF;
    eprosima::fastrtps::xmlparser::XMLProfileManager::library_settings(settings);
    auto bus = std::unique_ptr<FastDdsBus>(new FastDdsBus);
    bus->directory_ = std::make_shared<PeerDirectory>();
    bus->listener_ = std::make_unique<DiscoveryListener>(bus->directory_);
    auto* factory = dds::DomainParticipantFactory::get_instance();
    // StatusMask::none(): the default mask would swallow on_data_available of the readers.
    bus->participant_ = factory->create_participant(options.domain, participant_qos(options),
                                                    bus->listener_.get(), dds::StatusMask::none());
    if (bus->participant_ == nullptr) {
      return fail(ErrorCode::kUnreachable,
                  "Fast DDS cannot join domain " + std::to_string(options.domain), {},
                  "check that the interface addresses exist (`ip addr`) and that UDP ports from "
                  "7400 on are free");
    }
    bus->publisher_ = bus->participant_->create_publisher(dds::PUBLISHER_QOS_DEFAULT);
    bus->subscriber_ = bus->participant_->create_subscriber(dds::SUBSCRIBER_QOS_DEFAULT);
    MORT_CHECK(bus->publisher_ != nullptr && bus->subscriber_ != nullptr);
    return bus;
  }

  ~FastDdsBus() override {
    if (participant_ == nullptr) return;
    participant_->set_listener(nullptr);
    participant_->delete_contained_entities();
    dds::DomainParticipantFactory::get_instance()->delete_participant(participant_);
  }

  Result<std::unique_ptr<bus::Writer>> create_writer(const bus::TopicSpec& spec,
                                                     const bus::Qos& qos,
                                                     const bus::EndpointInfo& info,
                                                     bus::Events events) override {
    MORT_TRY(topic, find_topic(spec));
    auto writer = std::make_unique<FastDdsWriter>(directory_, std::move(events));
    if (!writer->open(*publisher_, *topic, qos, info)) {
      return fail(ErrorCode::kFailed, "Fast DDS refused a writer for topic " + spec.name);
    }
    return writer;
  }

  Result<std::unique_ptr<bus::Reader>> create_reader(const bus::TopicSpec& spec,
                                                     const bus::Qos& qos,
                                                     const bus::EndpointInfo& info,
                                                     bus::Events events) override {
    MORT_TRY(topic, find_topic(spec));
    auto reader = std::make_unique<FastDdsReader>(directory_, std::move(events));
    if (!reader->open(*subscriber_, *topic, qos, info)) {
      return fail(ErrorCode::kFailed, "Fast DDS refused a reader for topic " + spec.name);
    }
    return reader;
  }

 private:
  FastDdsBus() = default;

  Result<dds::Topic*> find_topic(const bus::TopicSpec& spec) {
    if (auto* known = dynamic_cast<dds::Topic*>(participant_->lookup_topicdescription(spec.name))) {
      if (known->get_type_name() == spec.type) return known;
      return fail(ErrorCode::kInvalid, "topic " + spec.name + " has type " +
                                           known->get_type_name() + ", not " + spec.type);
    }
    if (participant_->find_type(spec.type).empty()) {
      participant_->register_type(dds::TypeSupport(new PayloadType(spec.type)));
    }
    auto* topic = participant_->create_topic(spec.name, spec.type, dds::TOPIC_QOS_DEFAULT);
    if (topic == nullptr) return fail(ErrorCode::kFailed, "Fast DDS refused topic " + spec.name);
    return topic;
  }

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
