#include "endpoints.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <fastdds/dds/subscriber/SampleInfo.hpp>
#include <sstream>

#include "mort/base/sanitizers.hpp"

namespace mort::dds_topics {
namespace {

constexpr std::string_view kMark = "mort1\n";  ///< with what the USER_DATA of Mort's begins

using eprosima::fastrtps::Duration_t;
using eprosima::fastrtps::types::ReturnCode_t;

/// The policies that writers and readers share.
template <class EndpointQos>
void apply(const bus::Qos& qos, const bus::EndpointInfo& info, const Way& way, EndpointQos& out) {
  out.reliability().kind =
      qos.reliable ? dds::RELIABLE_RELIABILITY_QOS : dds::BEST_EFFORT_RELIABILITY_QOS;
  out.reliability().max_blocking_time = Duration_t(0, 0);  // write() never waits
  out.durability().kind =
      qos.transient_local ? dds::TRANSIENT_LOCAL_DURABILITY_QOS : dds::VOLATILE_DURABILITY_QOS;
  out.history().kind = qos.keep_all ? dds::KEEP_ALL_HISTORY_QOS : dds::KEEP_LAST_HISTORY_QOS;
  out.history().depth = qos.depth;
  auto& limits = out.resource_limits();
  limits.max_samples = qos.keep_all ? qos.max_samples : qos.depth + 1;
  limits.max_instances = 1;
  limits.max_samples_per_instance = limits.max_samples;
  limits.allocated_samples = 1;
  out.endpoint().history_memory_policy = rtps::DYNAMIC_RESERVE_MEMORY_MODE;
  for (const std::uint8_t byte : to_user_data(info)) out.user_data().push_back(byte);
  if (way.memory == nullptr) {
    out.data_sharing().off();
    return;
  }
  // Both ends compare these ids: the token is in no other node, so no other node ever matches it.
  out.data_sharing().automatic();
  out.data_sharing().add_domain_id(way.memory->token());
  out.endpoint().history_memory_policy = rtps::PREALLOCATED_WITH_REALLOC_MEMORY_MODE;
}

/// As Fast DDS writes it in the names of segments.
std::string text_of(const rtps::GUID_t& guid) {
  std::ostringstream text;
  text << guid.guidPrefix << "_" << guid.entityId;
  return text.str();
}

}  // namespace

Duration_t to_duration(Nanoseconds time) {
  return Duration_t(std::chrono::duration<double>(time).count());
}

bus::Guid to_guid(const rtps::GUID_t& guid) {
  bus::Guid result;
  std::memcpy(result.data(), guid.guidPrefix.value, rtps::GuidPrefix_t::size);
  std::memcpy(result.data() + rtps::GuidPrefix_t::size, guid.entityId.value,
              rtps::EntityId_t::size);
  return result;
}

std::vector<std::uint8_t> to_user_data(const bus::EndpointInfo& info) {
  const std::string text = std::string(kMark) + info.node + "\n" + info.job + "\n" +
                           std::to_string(info.epoch) + "\n" + std::to_string(info.incarnation);
  return {text.begin(), text.end()};
}

bus::EndpointInfo from_user_data(const std::vector<std::uint8_t>& bytes) {
  constexpr std::size_t kLongest = 1024;
  const std::string text(bytes.begin(), bytes.size() > kLongest ? bytes.begin() : bytes.end());
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == '\n')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  bus::EndpointInfo info;
  if (parts.size() != 5 || !is_of_mort(bytes)) return info;
  const auto read = [](const std::string& digits, std::uint32_t& number) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return error == std::errc{} && end == digits.data() + digits.size();
  };
  if (!read(parts[3], info.epoch) || !read(parts[4], info.incarnation)) return {};
  info.node = parts[1];
  info.job = parts[2];
  return info;
}

bool is_of_mort(const std::vector<std::uint8_t>& user_data) {
  return user_data.size() >= kMark.size() &&
         std::equal(kMark.begin(), kMark.end(), user_data.begin());
}

PayloadType::PayloadType(const std::string& name) {
  setName(name.c_str());
  set_bound(0);
  m_isGetKeyDefined = false;
  auto_fill_type_object(false);
  auto_fill_type_information(false);
}

void PayloadType::set_bound(std::size_t bytes) {
  bounded_ = bytes > 0;
  m_typeSize = static_cast<std::uint32_t>(bounded_ ? bytes : bus::kMaxPayload);
}

bool PayloadType::serialize(void* data, rtps::SerializedPayload_t* payload) {
  const bus::PayloadSource& source = *static_cast<const Payload*>(data)->source;
  const std::size_t size = source.size();
  if (size > payload->max_size) return false;
  source.write_to({payload->data, size});
  payload->length = static_cast<std::uint32_t>(size);
  payload->encapsulation = CDR_LE;
  return true;
}

bool PayloadType::deserialize(rtps::SerializedPayload_t* payload, void* data) {
  auto* message = static_cast<Payload*>(data);
  const std::span<const std::uint8_t> bytes(payload->data, payload->length);
  message->malformed = !bus::is_payload(bytes);
  if (!message->malformed) (*message->sink)(bytes);
#if MORT_TSAN
  // What Fast DDS does next, unseen by TSan: it gives back a reference, whose count begins the
  // block (tsan_runtime.cpp).
  __tsan_release(payload->data - 3 * sizeof(std::uint32_t));
#endif
  return true;
}

std::function<std::uint32_t()> PayloadType::getSerializedSizeProvider(void* data) {
  return [size = static_cast<std::uint32_t>(static_cast<const Payload*>(data)->source->size())] {
    return size;
  };
}

void PeerDirectory::add(const bus::Guid& guid, bus::EndpointInfo info) {
  const MutexLock lock(mutex_);
  infos_[guid] = std::make_shared<const bus::EndpointInfo>(std::move(info));
}

void PeerDirectory::add_foreign(const bus::Guid& guid, bus::ForeignTopic topic) {
  // Any host of the domain may announce what it likes; these names are shown on terminals.
  constexpr std::size_t kMost = 4096;
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  if (std::any_of(topic.name.begin(), topic.name.end(), is_control) ||
      std::any_of(topic.type.begin(), topic.type.end(), is_control))
    return;
  const MutexLock lock(mutex_);
  if (foreign_.size() < kMost || foreign_.contains(guid)) foreign_[guid] = std::move(topic);
}

void PeerDirectory::remove(const bus::Guid& guid) {
  const MutexLock lock(mutex_);
  infos_.erase(guid);
  foreign_.erase(guid);
}

std::vector<bus::ForeignTopic> PeerDirectory::foreign_topics() const {
  std::map<std::pair<std::string, std::string>, bus::ForeignTopic> topics;
  {
    const MutexLock lock(mutex_);
    for (const auto& [guid, topic] : foreign_) {
      const auto [found, fresh] = topics.emplace(std::pair(topic.name, topic.type), topic);
      if (!fresh) found->second.reliable = found->second.reliable || topic.reliable;
    }
  }
  std::vector<bus::ForeignTopic> list;
  for (auto& [key, topic] : topics) list.push_back(std::move(topic));
  return list;
}

std::shared_ptr<const bus::EndpointInfo> PeerDirectory::find(const bus::Guid& guid) const {
  const MutexLock lock(mutex_);
  const auto found = infos_.find(guid);
  return found == infos_.end() ? nullptr : found->second;
}

void DiscoveryListener::on_subscriber_discovery(dds::DomainParticipant*,
                                                rtps::ReaderDiscoveryInfo&& info) {
  if (info.status == rtps::ReaderDiscoveryInfo::REMOVED_READER) {
    directory_->remove(to_guid(info.info.guid()));
  } else {
    directory_->add(to_guid(info.info.guid()),
                    from_user_data(info.info.m_qos.m_userData.data_vec()));
  }
}

void DiscoveryListener::on_publisher_discovery(dds::DomainParticipant*,
                                               rtps::WriterDiscoveryInfo&& info) {
  if (info.status == rtps::WriterDiscoveryInfo::REMOVED_WRITER) {
    directory_->remove(to_guid(info.info.guid()));
  } else {
    const auto& qos = info.info.m_qos;
    const auto& user_data = qos.m_userData.data_vec();
    const bus::Guid guid = to_guid(info.info.guid());
    directory_->add(guid, from_user_data(user_data));
    if (!is_of_mort(user_data)) {
      directory_->add_foreign(guid,
                              {info.info.topicName().to_string(), info.info.typeName().to_string(),
                               qos.m_reliability.kind == dds::RELIABLE_RELIABILITY_QOS});
    }
  }
}

void DiscoveryListener::on_participant_discovery(dds::DomainParticipant*,
                                                 rtps::ParticipantDiscoveryInfo&& info) {
  using Info = rtps::ParticipantDiscoveryInfo;
  if (info.status == Info::REMOVED_PARTICIPANT || info.status == Info::DROPPED_PARTICIPANT)
    network_->peers.forget(bus::participant_of(to_guid(info.info.m_guid)));
}

void MatchedSet::update(const rtps::InstanceHandle_t& handle, int change) {
  const bus::Guid guid = to_guid(rtps::iHandle2GUID(handle));
  const MutexLock lock(mutex_);
  if (change > 0)
    guids_.insert(guid);
  else
    guids_.erase(guid);
  any_.store(!guids_.empty(), std::memory_order_release);
}

std::vector<bus::Peer> MatchedSet::peers() const {
  std::vector<bus::Peer> peers;
  const MutexLock lock(mutex_);
  for (const bus::Guid& guid : guids_) {
    const auto info = directory_->find(guid);
    peers.push_back({guid, info ? *info : bus::EndpointInfo{}});
  }
  return peers;
}

void ManagementThread::check() const {
  MORT_CHECK(std::this_thread::get_id() == id_);
}

bool FastDdsWriter::open(dds::Publisher& publisher, dds::Topic& topic, const bus::Qos& qos,
                         const bus::EndpointInfo& info, const Way& way) {
  dds::DataWriterQos out = dds::DATAWRITER_QOS_DEFAULT;
  apply(qos, info, way, out);
  if (qos.bulk && way.flow_control != nullptr)
    out.publish_mode().flow_controller_name = way.flow_control;
  if (qos.max_payload > 0) max_payload_ = std::min(qos.max_payload, bus::kMaxPayload);
  // A volatile writer of Fast DDS can stand still for ever when a reader leaves (decision 0019). A
  // volatile reader does not ask for what is offered here beyond the topic's QoS.
  if (qos.reliable) out.durability().kind = dds::TRANSIENT_LOCAL_DURABILITY_QOS;
  // Such a history of keep_last is always full, and each sample would bring a heartbeat with it.
  out.reliable_writer_qos().disable_heartbeat_piggyback = !qos.keep_all;
  out.publish_mode().kind =
      qos.bulk ? dds::ASYNCHRONOUS_PUBLISH_MODE : dds::SYNCHRONOUS_PUBLISH_MODE;
  auto& times = out.reliable_writer_qos().times;
  times.heartbeatPeriod = to_duration(qos.heartbeat);
  times.nackResponseDelay = Duration_t(0, 0);
  times.nackSupressionDuration = Duration_t(0, 0);
  publisher_ = &publisher;
  writer_ = publisher.create_datawriter(&topic, out, this, dds::StatusMask::publication_matched());
  return writer_ != nullptr &&
         (way.memory == nullptr || way.memory->commit(text_of(writer_->guid())));
}

FastDdsWriter::~FastDdsWriter() {
  management_.check();
  if (writer_ == nullptr) return;
  writer_->set_listener(nullptr);
  publisher_->delete_datawriter(writer_);
}

bus::WriteStatus FastDdsWriter::write(const bus::PayloadSource& payload) {
  if (payload.size() > max_payload_) return bus::WriteStatus::kFailed;
  Payload message{&payload, nullptr};
  ReturnCode_t code = ReturnCode_t::RETCODE_ERROR;
  try {
    code = writer_->write(&message, rtps::InstanceHandle_t{});
  } catch (const std::exception&) {
    // A reader's process is stopped while it holds the lock of its notification (1 s of waiting).
    return bus::WriteStatus::kFailed;
  }
  if (code == ReturnCode_t::RETCODE_OK) {
    ++sequence_;  // RTPS numbers a writer's samples 1, 2, ...
    return bus::WriteStatus::kWritten;
  }
  return code == ReturnCode_t::RETCODE_TIMEOUT ? bus::WriteStatus::kFull
                                               : bus::WriteStatus::kFailed;
}

void FastDdsWriter::on_publication_matched(dds::DataWriter*,
                                           const dds::PublicationMatchedStatus& status) {
  matched_.update(status.last_subscription_handle, status.current_count_change);
  if (events_.on_match) events_.on_match();
}

bool FastDdsReader::open(dds::Subscriber& subscriber, dds::Topic& topic, const bus::Qos& qos,
                         const bus::EndpointInfo& info, const Way& way) {
  dds::DataReaderQos out = dds::DATAREADER_QOS_DEFAULT;
  apply(qos, info, way, out);
  auto& times = out.reliable_reader_qos().times;
  times.initialAcknackDelay = Duration_t(0.01);
  times.heartbeatResponseDelay = Duration_t(0, 0);
  dds::StatusMask mask = dds::StatusMask::data_available();
  mask << dds::StatusMask::subscription_matched();
  subscriber_ = &subscriber;
  reader_ = subscriber.create_datareader(&topic, out, this, mask);
  // A reader whose notification could not be made announces data sharing all the same: writers
  // would count it served and it would see nothing.
  return reader_ != nullptr &&
         (way.memory == nullptr || way.memory->commit(text_of(reader_->guid())));
}

FastDdsReader::~FastDdsReader() {
  management_.check();
  if (reader_ == nullptr) return;
  reader_->set_listener(nullptr);
  subscriber_->delete_datareader(reader_);
}

std::optional<bus::SampleInfo> FastDdsReader::take(const bus::PayloadSink& sink) {
  Payload message{nullptr, &sink};
  dds::SampleInfo info;
  while (reader_->take_next_sample(&message, &info) == ReturnCode_t::RETCODE_OK) {
    if (!info.valid_data) continue;
    if (message.malformed) {
      ++dropped_;
      continue;
    }
    bus::SampleInfo sample;
    sample.writer = to_guid(info.sample_identity.writer_guid());
    sample.info = matched_.info(sample.writer);
    sample.sequence = info.sample_identity.sequence_number().to64long();
    sample.source_time = Nanoseconds(info.source_timestamp.to_ns());
    return sample;
  }
  return std::nullopt;
}

void FastDdsReader::on_data_available(dds::DataReader*) {
  if (events_.on_data) events_.on_data();
}

void FastDdsReader::on_subscription_matched(dds::DataReader*,
                                            const dds::SubscriptionMatchedStatus& status) {
  matched_.update(status.last_publication_handle, status.current_count_change);
  if (events_.on_match) events_.on_match();
}

}  // namespace mort::dds_topics
