// Fast DDS endpoints behind the bus interfaces.
#pragma once

#include <atomic>
#include <fastdds/dds/domain/DomainParticipantListener.hpp>
#include <fastdds/dds/publisher/DataWriter.hpp>
#include <fastdds/dds/publisher/DataWriterListener.hpp>
#include <fastdds/dds/publisher/Publisher.hpp>
#include <fastdds/dds/subscriber/DataReader.hpp>
#include <fastdds/dds/subscriber/DataReaderListener.hpp>
#include <fastdds/dds/subscriber/Subscriber.hpp>
#include <fastdds/dds/topic/Topic.hpp>
#include <fastdds/dds/topic/TopicDataType.hpp>
#include <map>
#include <memory>
#include <set>
#include <thread>

#include "mort/base/mutex.hpp"
#include "mort/bus/bus.hpp"
#include "node_memory.hpp"
#include "roaming_transport.hpp"

namespace mort::dds_topics {

namespace dds = eprosima::fastdds::dds;
namespace rtps = eprosima::fastrtps::rtps;

bus::Guid to_guid(const rtps::GUID_t& guid);
eprosima::fastrtps::Duration_t to_duration(Nanoseconds time);

/// USER_DATA as "mort1\nnode\njob\nepoch\nincarnation"; anything else is a foreign endpoint with an
/// empty info.
std::vector<std::uint8_t> to_user_data(const bus::EndpointInfo& info);
bus::EndpointInfo from_user_data(const std::vector<std::uint8_t>& bytes);
/// Whether an endpoint with this USER_DATA is one of Mort's.
bool is_of_mort(const std::vector<std::uint8_t>& user_data);

/// What goes through Fast DDS's void pointers: the source of a write, or the sink of a take.
struct Payload {
  const bus::PayloadSource* source = nullptr;
  const bus::PayloadSink* sink = nullptr;
  bool malformed = false;  ///< of a take: the sink was not called
};

/// A type whose samples are already CDR: one class for every message type.
class PayloadType : public dds::TopicDataType {
 public:
  explicit PayloadType(const std::string& name);
  /// Most bytes of a payload of the endpoint that is made next, 0 when there is no bound: Fast DDS
  /// reads it while it makes the endpoint, and has one type object for all topics of a type.
  void set_bound(std::size_t bytes);
  bool is_bounded() const override { return bounded_; }
  bool serialize(void* data, rtps::SerializedPayload_t* payload) override;
  bool deserialize(rtps::SerializedPayload_t* payload, void* data) override;
  std::function<std::uint32_t()> getSerializedSizeProvider(void* data) override;
  void* createData() override { return new Payload; }
  void deleteData(void* data) override { delete static_cast<Payload*>(data); }
  bool getKey(void*, rtps::InstanceHandle_t*, bool) override { return false; }

 private:
  bool bounded_ = false;
};

/// What discovered endpoints say of themselves. Threads: any.
class PeerDirectory {
 public:
  void add(const bus::Guid& guid, bus::EndpointInfo info);
  /// A writer of another program.
  void add_foreign(const bus::Guid& guid, bus::ForeignTopic topic);
  void remove(const bus::Guid& guid);
  std::shared_ptr<const bus::EndpointInfo> find(const bus::Guid& guid) const;
  std::vector<bus::ForeignTopic> foreign_topics() const;

 private:
  mutable Mutex mutex_;
  std::map<bus::Guid, std::shared_ptr<const bus::EndpointInfo>> infos_ MORT_GUARDED_BY(mutex_);
  std::map<bus::Guid, bus::ForeignTopic> foreign_ MORT_GUARDED_BY(mutex_);
};

class DiscoveryListener : public dds::DomainParticipantListener {
 public:
  DiscoveryListener(std::shared_ptr<PeerDirectory> directory, std::shared_ptr<NetworkState> network)
      : directory_(std::move(directory)), network_(std::move(network)) {}
  void on_subscriber_discovery(dds::DomainParticipant*, rtps::ReaderDiscoveryInfo&& info) override;
  void on_publisher_discovery(dds::DomainParticipant*, rtps::WriterDiscoveryInfo&& info) override;
  void on_participant_discovery(dds::DomainParticipant*,
                                rtps::ParticipantDiscoveryInfo&& info) override;

 private:
  std::shared_ptr<PeerDirectory> directory_;
  std::shared_ptr<NetworkState> network_;
};

/// The matched endpoints of one endpoint, kept by its listener.
class MatchedSet {
 public:
  MatchedSet(std::shared_ptr<PeerDirectory> directory) : directory_(std::move(directory)) {}
  void update(const rtps::InstanceHandle_t& handle, int change);
  bool any() const { return any_.load(std::memory_order_acquire); }
  std::vector<bus::Peer> peers() const;
  std::shared_ptr<const bus::EndpointInfo> info(const bus::Guid& guid) const {
    return directory_->find(guid);
  }

 private:
  std::atomic<bool> any_{false};  ///< asked at every publish, without the lock
  std::shared_ptr<PeerDirectory> directory_;
  mutable Mutex mutex_;
  std::set<bus::Guid> guids_ MORT_GUARDED_BY(mutex_);
};

/// Endpoints are made and destroyed on one thread (Fast DDS deadlocks otherwise).
class ManagementThread {
 public:
  ManagementThread() : id_(std::this_thread::get_id()) {}
  void check() const;

 private:
  const std::thread::id id_;
};

/// How an endpoint travels, decided by the bus.
struct Way {
  NodeMemory* memory = nullptr;        ///< null: UDP alone
  const char* flow_control = nullptr;  ///< of bulk writers; null: none
};

class FastDdsWriter : public bus::Writer, private dds::DataWriterListener {
 public:
  FastDdsWriter(std::shared_ptr<PeerDirectory> directory, bus::Events events)
      : matched_(std::move(directory)), events_(std::move(events)) {}
  ~FastDdsWriter() override;
  /// False when refused, or when there is no memory to share: try again without.
  bool open(dds::Publisher& publisher, dds::Topic& topic, const bus::Qos& qos,
            const bus::EndpointInfo& info, const Way& way);
  using bus::Writer::write;
  bus::WriteStatus write(const bus::PayloadSource& payload) override;
  std::uint64_t last_sequence() const override { return sequence_; }
  std::vector<bus::Peer> matched() const override { return matched_.peers(); }
  bool has_readers() const override { return matched_.any(); }
  bus::Guid guid() const override { return to_guid(writer_->guid()); }

 private:
  void on_publication_matched(dds::DataWriter*,
                              const dds::PublicationMatchedStatus& status) override;
  MatchedSet matched_;
  const bus::Events events_;
  dds::Publisher* publisher_ = nullptr;
  dds::DataWriter* writer_ = nullptr;
  std::size_t max_payload_ = bus::kMaxPayload;
  std::uint64_t sequence_ = 0;
  const ManagementThread management_;
};

class FastDdsReader : public bus::Reader, private dds::DataReaderListener {
 public:
  FastDdsReader(std::shared_ptr<PeerDirectory> directory, bus::Events events)
      : matched_(std::move(directory)), events_(std::move(events)) {}
  ~FastDdsReader() override;
  /// False when refused, or when there is no memory to share: try again without.
  bool open(dds::Subscriber& subscriber, dds::Topic& topic, const bus::Qos& qos,
            const bus::EndpointInfo& info, const Way& way);
  using bus::Reader::take;
  std::optional<bus::SampleInfo> take(const bus::PayloadSink& sink) override;
  std::uint64_t dropped() const override { return dropped_; }
  std::vector<bus::Peer> matched() const override { return matched_.peers(); }

 private:
  void on_data_available(dds::DataReader*) override;
  void on_subscription_matched(dds::DataReader*,
                               const dds::SubscriptionMatchedStatus& status) override;
  MatchedSet matched_;
  const bus::Events events_;
  dds::Subscriber* subscriber_ = nullptr;
  dds::DataReader* reader_ = nullptr;
  std::atomic<std::uint64_t> dropped_ = 0;
  const ManagementThread management_;
};

}  // namespace mort::dds_topics
